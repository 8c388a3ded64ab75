use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use entity::article::{ArticleAudience, ArticleKind, ArticleStage, ArticleStatus};
use entity::lab_capability::ProductClass;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::features::articles::model::normalised_standard;
use crate::paged_filter;
use crate::platform::http::text::{many_lines, one_line, trimmed, trimmed_option};

const LABEL_CHARS: usize = 30;

paged_filter! {
    ArticleFilter {
        /// Code of a category; its descendants belong to it.
        #[param(example = "notice")]
        category: String,
        kind: ArticleKind,
        /// Class of products.
        class: ProductClass,
        tag: String,
        /// `GB 6675.1-2014`, in any spelling.
        #[param(example = "GB 6675.1-2014")]
        standard: String,
        audience: ArticleAudience,
        /// What is meant for this region: of the country, of the regions it lies in, and its own.
        #[param(example = "110108")]
        region: String,
    }
}

paged_filter! {
    StaffArticleFilter {
        status: ArticleStatus,
        stage: ArticleStage,
    }
}

/// The whole of an article as an editor writes it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteArticle {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub title: String,
    /// Taken from the text when absent.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 300), custom(function = "one_line"))]
    pub summary: Option<String>,
    /// The text, either so or as `body_html`.
    #[serde(default)]
    #[validate(length(min = 1, max = 100_000), custom(function = "many_lines"))]
    pub body_markdown: Option<String>,
    /// Sanitised before anybody sees it.
    #[serde(default)]
    #[validate(length(min = 1, max = 100_000), custom(function = "many_lines"))]
    pub body_html: Option<String>,
    /// Code of a category.
    #[validate(length(min = 1, max = 40))]
    #[schema(example = "knowledge")]
    pub category: String,
    /// `article` when absent. A handbook needs a PDF document in `media`, a comic and slides a picture, a
    /// video its `video_url`, before they go into review.
    #[serde(default)]
    pub kind: Option<ArticleKind>,
    #[serde(default)]
    pub product_class: Option<ProductClass>,
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "labels"))]
    pub tags: Vec<String>,
    /// National standards that the text cites: `GB 6675.1-2014`.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "standards"))]
    pub standards: Vec<String>,
    #[serde(default)]
    #[validate(length(max = 4))]
    pub audiences: Vec<ArticleAudience>,
    /// The region it is meant for; the whole country when absent.
    #[serde(default)]
    #[validate(length(max = 9))]
    pub region_code: Option<String>,
    /// Where the text comes from.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 120), custom(function = "one_line"))]
    pub source: Option<String>,
    /// The authority that issued the document.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 120), custom(function = "one_line"))]
    pub issuer: Option<String>,
    /// 文号
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 60), custom(function = "one_line"))]
    pub document_number: Option<String>,
    pub issued_on: Option<NaiveDate>,
    /// 责任处室
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 60), custom(function = "one_line"))]
    pub responsible_unit: Option<String>,
    /// Pictures and documents beside the text, in their order.
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    pub media: Vec<WriteMedia>,
    /// `https://…`
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 500), custom(function = "web_address"))]
    #[schema(format = "uri")]
    pub video_url: Option<String>,
    /// A quiz on the subject.
    pub quiz_id: Option<Uuid>,
    /// A service of a lab that tests such products.
    pub service_id: Option<Uuid>,
    /// When it leaves the public's sight by itself.
    pub expire_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteMedia {
    /// Of an upload.
    pub media_id: Uuid,
    /// What a picture shows or a document is called; needed before a review.
    #[serde(default, deserialize_with = "trimmed")]
    #[validate(length(max = 120), custom(function = "one_line"))]
    pub alt: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CoverQuery {
    /// What the picture shows, for those who cannot see it.
    #[param(min_length = 1, max_length = 120)]
    pub alt: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DiffQuery {
    /// Number of the other revision; the one before when absent.
    pub against: Option<i32>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitArticle {
    /// That the phone and identity numbers in `personal_data` are meant to be read by everybody.
    #[serde(default)]
    pub acknowledge_personal_data: bool,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestChanges {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 2000), custom(function = "many_lines"))]
    pub note: String,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishArticle {
    /// What is corrected, for everybody; required when the article is public already, refused otherwise.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 500), custom(function = "many_lines"))]
    pub note: Option<String>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleArticle {
    /// At least two minutes and at most a year ahead.
    pub publish_at: DateTime<Utc>,
    /// As with a publication.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 500), custom(function = "many_lines"))]
    pub note: Option<String>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawArticle {
    /// Why, for everybody.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 500), custom(function = "many_lines"))]
    pub notice: String,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePreviewLink {
    /// Hours; 24 when absent.
    #[serde(default)]
    #[validate(range(min = 1, max = 168))]
    pub hours: Option<i64>,
}

fn refuse(message: &'static str) -> ValidationError {
    ValidationError::new("invalid_format").with_message(Cow::Borrowed(message))
}

fn labels(labels: &[String]) -> Result<(), ValidationError> {
    for label in labels {
        one_line(label)?;
        if !(1..=LABEL_CHARS).contains(&label.trim().chars().count()) {
            return Err(refuse("每个标签应为 1 至 30 个字"));
        }
    }
    Ok(())
}

fn standards(standards: &[String]) -> Result<(), ValidationError> {
    if standards.iter().all(|text| normalised_standard(text).is_some()) {
        return Ok(());
    }
    Err(refuse("应为国家标准编号，如 GB 6675.1-2014"))
}

fn web_address(text: &str) -> Result<(), ValidationError> {
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '<' | '>' | '\\');
    let rest = text.strip_prefix("https://").filter(|rest| rest.chars().all(is_plain));
    let has_host = |rest: &&str| rest.split('/').next().is_some_and(|host| host.contains('.'));
    rest.filter(has_host).map(|_| ()).ok_or_else(|| refuse("应为 https 开头的网址"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_addresses_are_secure_and_plain() {
        assert!(web_address("https://v.example.cn/x?id=7&a=b#t").is_ok());
        for text in [
            "",
            "http://v.example.cn/",
            "https://",
            "https://localhost/x",
            "javascript:alert(1)",
            "https://v.example.cn/\"onload=x",
            "https://v.example.cn/<script>",
            "https://v.example.cn/a b",
            "https://视频.cn/",
        ] {
            assert!(web_address(text).is_err(), "{text}");
        }
    }
}
