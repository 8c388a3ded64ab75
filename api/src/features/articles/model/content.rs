//! What a revision holds: everything an editor writes of an article.

use chrono::{DateTime, NaiveDate, Utc};
use entity::article::{ArticleAudience, ArticleKind, BodyFormat};
use entity::lab_capability::ProductClass;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::render::Rendered;

/// The digest of a revision covers these fields in this order, so a new one goes to the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub title: String,
    pub summary: String,
    pub body_format: BodyFormat,
    pub body: String,
    pub category: String,
    pub kind: ArticleKind,
    pub product_class: Option<ProductClass>,
    pub tags: Vec<String>,
    pub standards: Vec<String>,
    pub audiences: Vec<ArticleAudience>,
    pub region_code: Option<String>,
    pub source: Option<String>,
    pub issuer: Option<String>,
    pub document_number: Option<String>,
    pub issued_on: Option<NaiveDate>,
    pub responsible_unit: Option<String>,
    pub cover: Option<Picture>,
    pub media: Vec<Picture>,
    pub video_url: Option<String>,
    pub quiz_id: Option<Uuid>,
    pub service_id: Option<Uuid>,
    pub expire_at: Option<DateTime<Utc>>,
}

/// An uploaded file and what it shows, for those who cannot see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    pub media_id: Uuid,
    pub alt: String,
}

/// Something that has to be there before others look at the text: the field, and what is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    pub path: String,
    pub message: String,
}

impl Content {
    /// # Errors
    /// It cannot be serialised.
    pub fn digest(&self) -> Result<Vec<u8>, serde_json::Error> {
        Ok(Sha256::digest(serde_json::to_vec(self)?).to_vec())
    }

    /// The name of the body in requests.
    #[must_use]
    pub fn body_field(&self) -> &'static str {
        match self.body_format {
            BodyFormat::Markdown => "body_markdown",
            BodyFormat::Html => "body_html",
        }
    }

    /// Every text with the name of its field.
    pub fn texts(&self) -> impl Iterator<Item = (String, &str)> {
        let single = [
            ("title", Some(&self.title)),
            ("summary", Some(&self.summary)),
            (self.body_field(), Some(&self.body)),
            ("source", self.source.as_ref()),
            ("issuer", self.issuer.as_ref()),
            ("document_number", self.document_number.as_ref()),
            ("responsible_unit", self.responsible_unit.as_ref()),
            ("cover_alt", self.cover.as_ref().map(|cover| &cover.alt)),
        ];
        let single = single.into_iter().filter_map(|(field, text)| Some((field.to_owned(), text?)));
        let media = self.media.iter().enumerate();
        let media = media.map(|(place, one)| (format!("media[{place}].alt"), &one.alt));
        let words = [("tags", &self.tags), ("standards", &self.standards)].into_iter();
        let words = words.flat_map(|(field, list)| {
            list.iter().enumerate().map(move |(place, word)| (format!("{field}[{place}]"), word))
        });
        single.chain(media).chain(words).map(|(field, text)| (field, text.as_str()))
    }

    /// All of it as lines, for telling two revisions apart.
    #[must_use]
    pub fn lines(&self) -> String {
        let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(self) else {
            return String::new();
        };
        let mut lines = String::new();
        for (name, value) in fields.iter().filter(|(name, _)| *name != "body") {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            lines.push_str(&format!("{name}: {value}\n"));
        }
        lines.push('\n');
        lines.push_str(&self.body);
        lines.push('\n');
        lines
    }

    /// What is missing before the text may be reviewed or published.
    #[must_use]
    pub fn lacks(&self, rendered: &Rendered) -> Vec<Lack> {
        let lack = |path: String, message: &str| Lack { path, message: message.to_owned() };
        let body = self.body_field();
        let mut lacks: Vec<Lack> = rendered
            .undescribed
            .iter()
            .map(|(place, source)| Lack {
                path: format!("{body}.images[{place}]"),
                message: format!("图片缺少替代文字：{source}"),
            })
            .collect();
        if self.cover.as_ref().is_some_and(|cover| cover.alt.is_empty()) {
            lacks.push(lack("cover_alt".to_owned(), "封面缺少替代文字"));
        }
        for (place, _) in self.media.iter().enumerate().filter(|(_, one)| one.alt.is_empty()) {
            lacks.push(lack(format!("media[{place}].alt"), "附件缺少替代文字或名称"));
        }
        let has = |is_document| rendered.media.iter().any(|one| one.is_document() == is_document);
        match self.kind {
            ArticleKind::Article => {}
            ArticleKind::Handbook if has(true) => {}
            ArticleKind::Handbook => lacks.push(lack("media".to_owned(), "手册应附 PDF 文件")),
            ArticleKind::Video if self.video_url.is_some() => {}
            ArticleKind::Video => lacks.push(lack("video_url".to_owned(), "视频应填写播放地址")),
            ArticleKind::Comic | ArticleKind::Slides if has(false) => {}
            ArticleKind::Comic | ArticleKind::Slides => {
                lacks.push(lack("media".to_owned(), "应至少附一张图片"));
            }
        }
        lacks
    }
}

#[cfg(test)]
pub mod tests {
    use super::super::render::ShownMedia;
    use super::*;

    pub fn content() -> Content {
        serde_json::from_value(serde_json::json!({
            "title": "题", "summary": "要", "body_format": "markdown", "body": "文\n",
            "category": "knowledge", "kind": "article", "tags": [], "standards": [],
            "audiences": [], "media": [],
        }))
        .unwrap()
    }

    #[test]
    fn a_digest_tells_every_field_apart() {
        let plain = content();
        let mut tagged = content();
        tagged.tags.push("玩具".to_owned());
        assert_eq!(plain.digest().unwrap(), content().digest().unwrap());
        assert_ne!(plain.digest().unwrap(), tagged.digest().unwrap());
        assert!(
            tagged.lines().contains("tags: [\"玩具\"]\n") && tagged.lines().ends_with("文\n\n")
        );
    }

    #[test]
    fn each_kind_says_what_it_lacks() {
        let paths = |kind, media: Vec<ShownMedia>| -> Vec<String> {
            let mut content = content();
            content.kind = kind;
            content.cover = Some(Picture { media_id: Uuid::nil(), alt: String::new() });
            let undescribed = vec![(1, "/x".to_owned())];
            let rendered = Rendered { undescribed, media, ..Rendered::default() };
            content.lacks(&rendered).into_iter().map(|lack| lack.path).collect()
        };
        let file = |media_type: &str| {
            vec![ShownMedia {
                media_id: Uuid::nil(),
                alt: "图".to_owned(),
                media_type: media_type.to_owned(),
                width: None,
                height: None,
            }]
        };
        let always = ["body_markdown.images[1]", "cover_alt"];
        assert_eq!(paths(ArticleKind::Article, vec![]), always);
        for (kind, wanted, other) in [
            (ArticleKind::Handbook, "application/pdf", "image/png"),
            (ArticleKind::Comic, "image/png", "application/pdf"),
            (ArticleKind::Slides, "image/png", "application/pdf"),
        ] {
            assert_eq!(paths(kind, file(wanted)), always, "{kind:?}");
            assert_eq!(paths(kind, file(other)), [always[0], always[1], "media"], "{kind:?}");
        }
        assert_eq!(paths(ArticleKind::Video, vec![])[2], "video_url");
    }
}
