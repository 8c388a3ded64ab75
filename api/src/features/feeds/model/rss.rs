//! RSS 2.0 with the usual extensions: Atom for the links of a paged feed, `content:encoded` for the text,
//! `dcterms:modified` for the last change, which RSS itself does not know.

use std::collections::BTreeMap;

use rss::extension::atom::{AtomExtension, Link};
use rss::extension::{Extension, ExtensionMap};
use rss::{Category, Channel, Enclosure, Error, Guid, Item};

use super::{Entry, Feed, Format, LANGUAGE, present};

const NAMESPACES: [(&str, &str); 3] = [
    ("atom", "http://www.w3.org/2005/Atom"),
    ("content", "http://purl.org/rss/1.0/modules/content/"),
    ("dcterms", "http://purl.org/dc/terms/"),
];
/// Minutes.
const TIME_TO_LIVE: &str = "60";

pub fn render(feed: &Feed) -> Result<Vec<u8>, Error> {
    let mut links = vec![link("self", &feed.this), link("first", &feed.first)];
    links.extend(feed.next.as_deref().map(|next| link("next", next)));
    let namespaces = NAMESPACES.map(|(prefix, uri)| (prefix.to_owned(), uri.to_owned()));
    let channel = Channel {
        title: feed.title.clone(),
        link: feed.home.clone(),
        description: feed.site.clone(),
        language: Some(LANGUAGE.to_owned()),
        last_build_date: Some(feed.updated.to_rfc2822()),
        ttl: Some(TIME_TO_LIVE.to_owned()),
        atom_ext: Some(AtomExtension { links }),
        namespaces: namespaces.into(),
        items: feed.entries.iter().map(item).collect(),
        ..Channel::default()
    };
    channel.write_to(Vec::new())
}

fn item(entry: &Entry) -> Item {
    let (code, name) = &entry.category;
    Item {
        title: Some(entry.title.clone()),
        link: Some(entry.url.clone()),
        description: present(&entry.excerpt),
        categories: vec![Category { name: name.clone(), domain: Some(code.clone()) }],
        guid: Some(Guid { value: entry.urn(), permalink: false }),
        pub_date: Some(entry.published.to_rfc2822()),
        content: present(&entry.html),
        enclosure: entry.picture.as_ref().map(|picture| Enclosure {
            url: picture.url.clone(),
            length: picture.bytes.to_string(),
            mime_type: picture.media_type.to_owned(),
        }),
        extensions: modified(&entry.updated.to_rfc3339()),
        ..Item::default()
    }
}

fn modified(at: &str) -> ExtensionMap {
    let extension = Extension {
        name: "dcterms:modified".to_owned(),
        value: Some(at.to_owned()),
        ..Extension::default()
    };
    let of_terms = BTreeMap::from([("modified".to_owned(), vec![extension])]);
    BTreeMap::from([("dcterms".to_owned(), of_terms)])
}

fn link(rel: &str, href: &str) -> Link {
    Link {
        href: href.to_owned(),
        rel: rel.to_owned(),
        mime_type: Some(Format::Rss.media_type().to_owned()),
        ..Link::default()
    }
}
