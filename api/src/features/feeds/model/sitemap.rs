//! The site map (sitemaps.org, protocol 0.9): an index, and files of at most so many addresses.

use chrono::{DateTime, SecondsFormat, Utc};
use quick_xml::SeError;
use serde::Serialize;

const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

#[derive(Serialize)]
#[serde(rename = "sitemapindex")]
struct Index {
    #[serde(rename = "@xmlns")]
    xmlns: &'static str,
    sitemap: Vec<Place>,
}

#[derive(Serialize)]
#[serde(rename = "urlset")]
struct UrlSet {
    #[serde(rename = "@xmlns")]
    xmlns: &'static str,
    url: Vec<Place>,
}

/// An address, and when what is there changed last.
#[derive(Debug, Serialize)]
pub struct Place {
    loc: String,
    lastmod: String,
}

impl Place {
    #[must_use]
    pub fn new(loc: String, changed_at: DateTime<Utc>) -> Self {
        Self { loc, lastmod: changed_at.to_rfc3339_opts(SecondsFormat::Secs, true) }
    }
}

/// The file of articles with this number, from one.
#[must_use]
pub fn file_name(number: u64) -> String {
    format!("articles-{number}.xml")
}

/// Only the one spelling that [`file_name`] gives.
#[must_use]
pub fn file_number(name: &str) -> Option<u64> {
    let number = name.strip_prefix("articles-")?.strip_suffix(".xml")?.parse().ok()?;
    (number > 0 && file_name(number) == name).then_some(number)
}

pub fn index(files: Vec<Place>) -> Result<Vec<u8>, SeError> {
    xml(&Index { xmlns: NAMESPACE, sitemap: files })
}

pub fn urls(places: Vec<Place>) -> Result<Vec<u8>, SeError> {
    xml(&UrlSet { xmlns: NAMESPACE, url: places })
}

fn xml(document: &impl Serialize) -> Result<Vec<u8>, SeError> {
    let mut text = DECLARATION.to_owned();
    text.push_str(&quick_xml::se::to_string(document)?);
    Ok(text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_name() {
        assert_eq!(file_number(&file_name(7)), Some(7));
        for wrong in [
            "articles-0.xml",
            "articles-07.xml",
            "articles-+7.xml",
            "articles-.xml",
            "articles-7",
            "7",
        ] {
            assert_eq!(file_number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_address_is_escaped() {
        let place = Place::new("https://a.example/?a=1&b=<".to_owned(), DateTime::UNIX_EPOCH);
        let text = String::from_utf8(urls(vec![place]).unwrap()).unwrap();
        assert!(text.contains("<loc>https://a.example/?a=1&amp;b=&lt;</loc>"), "{text}");
        assert!(text.contains("<lastmod>1970-01-01T00:00:00Z</lastmod>"), "{text}");
    }
}
