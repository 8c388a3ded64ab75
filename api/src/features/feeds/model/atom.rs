//! Atom (RFC 4287), with the links of a paged feed (RFC 5005, section 3).

use atom_syndication::{Category, Content, Entry, Error, Feed, Generator, Link, Person, Text};

use super::{LANGUAGE, Picture, present};

pub fn render(feed: &super::Feed) -> Result<Vec<u8>, Error> {
    let mut links = vec![
        link("self", &feed.this, Some("application/atom+xml")),
        link("alternate", &feed.home, None),
        link("first", &feed.first, Some("application/atom+xml")),
    ];
    links.extend(feed.next.as_deref().map(|next| link("next", next, Some("application/atom+xml"))));
    let atom = Feed {
        id: feed.id.clone(),
        title: Text::plain(feed.title.clone()),
        updated: feed.updated.fixed_offset(),
        authors: vec![person(&feed.site)],
        generator: Some(Generator { value: "sanjin".to_owned(), ..Generator::default() }),
        links,
        entries: feed.entries.iter().map(entry).collect(),
        lang: Some(LANGUAGE.to_owned()),
        ..Feed::default()
    };
    atom.write_to(Vec::new())
}

fn entry(entry: &super::Entry) -> Entry {
    let mut links = vec![link("alternate", &entry.url, None)];
    links.extend(entry.picture.as_ref().map(enclosure));
    let (code, name) = &entry.category;
    Entry {
        id: entry.urn(),
        title: Text::plain(entry.title.clone()),
        updated: entry.updated.fixed_offset(),
        published: Some(entry.published.fixed_offset()),
        authors: entry.author.as_deref().map(person).into_iter().collect(),
        categories: vec![Category { term: code.clone(), label: Some(name.clone()), scheme: None }],
        links,
        summary: present(&entry.excerpt).map(Text::plain),
        content: present(&entry.html).map(|html| Content {
            value: Some(html),
            content_type: Some("html".to_owned()),
            ..Content::default()
        }),
        ..Entry::default()
    }
}

fn link(rel: &str, href: &str, media_type: Option<&str>) -> Link {
    Link {
        href: href.to_owned(),
        rel: rel.to_owned(),
        mime_type: media_type.map(str::to_owned),
        ..Link::default()
    }
}

fn enclosure(picture: &Picture) -> Link {
    Link {
        title: Some(picture.alt.clone()),
        length: Some(picture.bytes.to_string()),
        ..link("enclosure", &picture.url, Some(picture.media_type))
    }
}

fn person(name: &str) -> Person {
    Person { name: name.to_owned(), ..Person::default() }
}
