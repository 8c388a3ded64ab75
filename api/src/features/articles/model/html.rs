//! Reads sanitised HTML. ammonia's output is regular: tags and text and nothing else, attributes in
//! double quotes, and `&`, `<` and `>` of the text escaped, so that no parser is needed a second time.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

const OWN_FILES: &str = "/api/v1/media/files/";
/// A line ends with these.
const BLOCKS: [&str; 18] = [
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "li",
    "tr",
    "br",
    "hr",
    "div",
    "blockquote",
    "pre",
    "table",
    "ul",
    "ol",
    "td",
];

/// Width and height in pixels.
pub type Size = (i32, i32);

/// A heading of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TocEntry {
    /// Of the heading in `body_html`.
    pub id: String,
    /// 1 to 6.
    pub level: u8,
    pub title: String,
}

/// What a reader needs beside the HTML itself.
#[derive(Debug, Default)]
pub struct Enriched {
    /// With ids on headings, and sizes on pictures.
    pub html: String,
    pub text: String,
    pub toc: Vec<TocEntry>,
    /// Place and address of pictures that say nothing to who cannot see them.
    pub undescribed: Vec<(usize, String)>,
}

enum Piece<'a> {
    Text(&'a str),
    /// Without its brackets.
    Tag(&'a str),
}

fn pieces(html: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest) = (Vec::new(), html);
    while let Some((text, after)) = rest.split_once('<') {
        let mut is_quoted = false;
        let end = after.char_indices().find(|(_, c)| {
            is_quoted ^= *c == '"';
            *c == '>' && !is_quoted
        });
        let (tag, next) = after.split_at(end.map_or(after.len(), |(at, _)| at));
        pieces.extend([Piece::Text(text), Piece::Tag(tag)]);
        rest = next.strip_prefix('>').unwrap_or(next);
    }
    pieces.push(Piece::Text(rest));
    pieces
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut parts = tag.split('"');
    while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
        if key.trim_start().split(' ').next_back() == Some(format!("{name}=").as_str()) {
            return Some(value);
        }
    }
    None
}

fn decoded(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ");
    text.replace("&quot;", "\"").replace("&amp;", "&")
}

fn is_at_line_start(text: &str) -> bool {
    text.is_empty() || text.ends_with('\n')
}

/// `h2` is a heading of level 2.
fn level(name: &str) -> Option<u8> {
    let level = name.strip_prefix('h')?.parse().ok()?;
    (1..=6).contains(&level).then_some(level)
}

/// The uploaded file that an address means.
pub fn own_file(address: &str) -> Option<Uuid> {
    Uuid::try_parse(address.strip_prefix(OWN_FILES)?.get(..36)?).ok()
}

pub fn enrich(html: &str, sizes: &HashMap<Uuid, Size>) -> Enriched {
    let mut out = Enriched { html: String::with_capacity(html.len()), ..Enriched::default() };
    let mut pictures = 0;
    let mut heading: Option<TocEntry> = None;
    for piece in pieces(html) {
        match piece {
            Piece::Text(raw) => {
                let text = decoded(raw);
                if let Some(heading) = &mut heading {
                    heading.title.push_str(&text);
                }
                out.html.push_str(raw);
                // Between the end of one block and the next stands nothing.
                if !text.trim().is_empty() || !is_at_line_start(&out.text) {
                    out.text.push_str(&text);
                }
            }
            Piece::Tag(tag) => {
                let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
                let is_end = tag.starts_with('/');
                if BLOCKS.contains(&name) && !is_at_line_start(&out.text) {
                    out.text.push('\n');
                }
                out.html.push('<');
                match (level(name), is_end) {
                    (Some(level), false) => {
                        let id = format!("s{}", out.toc.len() + 1);
                        let rest = tag.strip_prefix(name).unwrap_or_default();
                        out.html.push_str(&format!("{name} id=\"{id}\"{rest}"));
                        heading = Some(TocEntry { id, level, title: String::new() });
                    }
                    (Some(_), true) => {
                        out.html.push_str(tag);
                        if let Some(mut entry) = heading.take() {
                            entry.title = entry.title.trim().to_owned();
                            out.toc.push(entry);
                        }
                    }
                    (None, _) => out.html.push_str(tag),
                }
                if name == "img" {
                    let source = attribute(tag, "src").unwrap_or_default();
                    if attribute(tag, "alt").is_none_or(|alt| alt.trim().is_empty()) {
                        out.undescribed.push((pictures, decoded(source)));
                    }
                    pictures += 1;
                    if let Some((width, height)) = own_file(source).and_then(|id| sizes.get(&id)) {
                        let size = format!(" width=\"{width}\" height=\"{height}\"");
                        out.html.push_str(&size);
                    }
                }
                out.html.push('>');
            }
        }
    }
    out.text = out.text.trim().to_owned();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(html: &str) -> Enriched {
        enrich(html, &HashMap::new())
    }

    #[test]
    fn headings_get_ids_and_make_a_table_of_contents() {
        let out = plain("<h1>一 &amp; <em>二</em></h1><p>文</p><h3 title=\"a>b\">三</h3>");
        assert_eq!(
            out.html,
            "<h1 id=\"s1\">一 &amp; <em>二</em></h1><p>文</p><h3 id=\"s2\" title=\"a>b\">三</h3>"
        );
        let toc: Vec<_> =
            out.toc.iter().map(|e| (e.id.as_str(), e.level, e.title.as_str())).collect();
        assert_eq!(toc, [("s1", 1, "一 & 二"), ("s2", 3, "三")]);
        assert_eq!(out.text, "一 & 二\n文\n三");
    }

    #[test]
    fn pictures_get_their_size_and_are_missed_a_description() {
        let id = Uuid::from_u128(7);
        let html = format!(
            "<p><img src=\"{OWN_FILES}{id}?width=320\" alt=\"\"><img src=\"https://e.example/a\" alt=\"椅 src=\"></p>"
        );
        let out = enrich(&html, &HashMap::from([(id, (1_200, 600))]));
        assert!(out.html.contains("?width=320\" alt=\"\" width=\"1200\" height=\"600\">"));
        assert!(out.html.ends_with("alt=\"椅 src=\"></p>"), "{}", out.html);
        assert_eq!(out.undescribed, [(0, format!("{OWN_FILES}{id}?width=320"))]);
    }

    #[test]
    fn what_is_no_markup_is_left_as_it_is() {
        for html in ["", "文", "a &lt;b&gt; c", "<p>x"] {
            let out = plain(html);
            assert!(out.html.starts_with(html), "{html}: {}", out.html);
        }
        assert_eq!(plain("a &lt;b&gt; &amp;lt; c").text, "a <b> &lt; c");
    }
}
