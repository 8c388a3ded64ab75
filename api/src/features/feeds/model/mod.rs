//! What a feed is, whatever its format, and the rules of its texts.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::platform::http::{AppError, AppResult};

mod atom;
pub mod bulletin;
mod json;
mod rss;
pub mod sitemap;

const EXCERPT_CHARS: usize = 200;
const LANGUAGE: &str = "zh-CN";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Articles,
    Bulletins,
}

impl Source {
    const ALL: [Self; 2] = [Self::Articles, Self::Bulletins];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Articles => "articles",
            Self::Bulletins => "bulletins",
        }
    }

    /// What a feed of it adds to the title of the site.
    #[must_use]
    pub fn label(self) -> Option<&'static str> {
        match self {
            Self::Articles => None,
            Self::Bulletins => Some("产品安全公告"),
        }
    }

    /// The kinds of page that change with it.
    #[must_use]
    pub fn parts(self) -> &'static [&'static str] {
        match self {
            Self::Articles => &["articles"],
            Self::Bulletins => &["bulletins"],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Atom,
    Rss,
    Json,
}

impl Format {
    const ALL: [Self; 3] = [Self::Atom, Self::Rss, Self::Json];

    /// Of a feed's name.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Atom => "atom",
            Self::Rss => "rss",
            Self::Json => "json",
        }
    }

    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Atom => "application/atom+xml",
            Self::Rss => "application/rss+xml",
            Self::Json => "application/feed+json",
        }
    }
}

/// `articles.atom`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    pub source: Source,
    pub format: Format,
}

/// Not the name of a feed.
#[derive(Debug)]
pub struct NoFeed;

impl FromStr for Name {
    type Err = NoFeed;

    fn from_str(name: &str) -> Result<Self, NoFeed> {
        let (source, ending) = name.split_once('.').ok_or(NoFeed)?;
        let source = Source::ALL.into_iter().find(|known| known.as_str() == source);
        let source = source.ok_or(NoFeed)?;
        let format = Format::ALL.into_iter().find(|format| format.ending() == ending);
        let format = format.ok_or(NoFeed)?;
        Ok(Self { source, format })
    }
}

/// One page of a feed. Every address is whole.
#[derive(Clone, Debug)]
pub struct Feed {
    /// The same for every format and page.
    pub id: String,
    pub title: String,
    /// What publishes it.
    pub site: String,
    pub home: String,
    pub this: String,
    pub first: String,
    pub next: Option<String>,
    /// Of anything that is or was in it.
    pub updated: DateTime<Utc>,
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub id: Uuid,
    pub url: String,
    pub title: String,
    pub excerpt: String,
    /// Sanitised.
    pub html: String,
    /// Code and name.
    pub category: (String, String),
    pub author: Option<String>,
    pub published: DateTime<Utc>,
    pub updated: DateTime<Utc>,
    pub picture: Option<Picture>,
}

#[derive(Clone, Debug)]
pub struct Picture {
    pub url: String,
    pub alt: String,
    pub media_type: &'static str,
    pub bytes: i32,
}

impl Entry {
    /// `urn:uuid:…` (RFC 9562)
    fn urn(&self) -> String {
        self.id.urn().to_string()
    }
}

/// # Errors
/// The format cannot hold it; `readable` texts always fit.
pub fn render(feed: &Feed, format: Format) -> AppResult<Vec<u8>> {
    match format {
        Format::Atom => atom::render(feed).map_err(AppError::internal),
        Format::Rss => rss::render(feed).map_err(AppError::internal),
        Format::Json => json::render(feed).map_err(AppError::internal),
    }
}

/// An element without text is an error to some readers; an article of pictures alone has no excerpt.
fn present(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The characters that XML 1.0 can hold (production 2, `Char`): a numeric reference in Markdown becomes any.
#[must_use]
pub fn readable(text: &str) -> String {
    let fits = |c: &char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    text.chars().filter(fits).collect()
}

/// The beginning of a text, cut at a character: Chinese has no words to count.
#[must_use]
pub fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT_CHARS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// Our own files under their whole address: a feed has no place of its own to which they would be relative.
#[must_use]
pub fn with_whole_addresses(html: &str, base: &str) -> String {
    html.replace("=\"/api/v1/media/files/", &format!("=\"{base}/api/v1/media/files/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_source_and_a_format() {
        let name: Name = "articles.rss".parse().unwrap();
        assert_eq!((name.source, name.format), (Source::Articles, Format::Rss));
        assert_eq!("bulletins.json".parse::<Name>().unwrap().source, Source::Bulletins);
        for wrong in
            ["", "articles", "articles.", ".atom", "articles.ATOM", "articles.atom.gz", "x.rss"]
        {
            assert!(wrong.parse::<Name>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn texts_hold_what_xml_can_hold() {
        assert_eq!(
            readable("a\u{1}b\u{fffe}\u{ffff}c\td\u{1f600}]]>\u{7f}"),
            "abc\td\u{1f600}]]>\u{7f}"
        );
    }

    #[test]
    fn an_excerpt_is_cut_at_a_character() {
        let fits = "质".repeat(EXCERPT_CHARS);
        assert_eq!(excerpt(&fits), fits);
        let cut = excerpt(&format!("{fits}量"));
        assert_eq!(cut, format!("{fits}…"));
    }

    #[test]
    fn our_files_are_found_from_anywhere() {
        let html = "<img src=\"/api/v1/media/files/7\"><a href=\"https://e.example/\">x</a>";
        let whole = with_whole_addresses(html, "https://a.example");
        assert!(whole.contains("src=\"https://a.example/api/v1/media/files/7\""));
        assert!(whole.contains("href=\"https://e.example/\""));
    }
}
