//! JSON Feed 1.1 (jsonfeed.org/version/1.1).

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Entry, Feed, LANGUAGE};

#[derive(Serialize)]
struct JsonFeed<'a> {
    version: &'static str,
    title: &'a str,
    home_page_url: &'a str,
    feed_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<&'a str>,
    language: &'static str,
    authors: [Author<'a>; 1],
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Item<'a> {
    id: String,
    url: &'a str,
    title: &'a str,
    summary: &'a str,
    content_html: &'a str,
    date_published: DateTime<Utc>,
    date_modified: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authors: Option<[Author<'a>; 1]>,
    tags: [&'a str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachments: Option<[Attachment<'a>; 1]>,
}

#[derive(Serialize)]
struct Attachment<'a> {
    url: &'a str,
    mime_type: &'static str,
    title: &'a str,
    size_in_bytes: i32,
}

pub fn render(feed: &Feed) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&JsonFeed {
        version: "https://jsonfeed.org/version/1.1",
        title: &feed.title,
        home_page_url: &feed.home,
        feed_url: &feed.this,
        next_url: feed.next.as_deref(),
        language: LANGUAGE,
        authors: [Author { name: &feed.site }],
        items: feed.entries.iter().map(item).collect(),
    })
}

fn item(entry: &Entry) -> Item<'_> {
    let picture = entry.picture.as_ref();
    Item {
        id: entry.urn(),
        url: &entry.url,
        title: &entry.title,
        summary: &entry.excerpt,
        content_html: &entry.html,
        date_published: entry.published,
        date_modified: entry.updated,
        authors: entry.author.as_deref().map(|name| [Author { name }]),
        tags: [&entry.category.1],
        image: picture.map(|picture| picture.url.as_str()),
        attachments: picture.map(|picture| {
            [Attachment {
                url: &picture.url,
                mime_type: picture.media_type,
                title: &picture.alt,
                size_in_bytes: picture.bytes,
            }]
        }),
    }
}
