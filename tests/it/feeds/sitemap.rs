//! `/sitemap.xml`, its files, and `/robots.txt`.

use chrono::{SecondsFormat, TimeDelta};
use tests::{TestApp, backends};
use uuid::Uuid;

use super::{article, correct, get, local, publish, withdraw};

const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// (address, last change) of each place in a file.
pub async fn places(app: &TestApp, path: &str) -> Vec<(String, String)> {
    let reply = get(app, path).await;
    assert_eq!(reply.header("content-type"), "application/xml");
    let text = reply.text();
    let document = roxmltree::Document::parse(&text).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().namespace(), Some(NAMESPACE));
    let text_of = |node: roxmltree::Node<'_, '_>, name: &str| {
        let child = node.children().find(|child| child.has_tag_name((NAMESPACE, name)));
        child.and_then(|child| child.text()).unwrap().to_owned()
    };
    let places = root.children().filter(roxmltree::Node::is_element);
    places.map(|place| (text_of(place, "loc"), text_of(place, "lastmod"))).collect()
}

backends! {
    async fn the_site_map_names_every_public_article(app, config => { config.site.sitemap_urls = 2; }) {
        let mut expected = Vec::new();
        let now = || app.now().to_rfc3339_opts(SecondsFormat::Secs, true);
        for n in 0..5 {
            // Their ids are in the order of time.
            app.advance(TimeDelta::seconds(1));
            let (id, _) = publish(app, article(&format!("第{n}篇"), "knowledge")).await;
            expected.push((id, now()));
        }
        app.advance(TimeDelta::hours(1));
        let gone = publish(app, article("撤回", "notice")).await.0;
        withdraw(app, gone).await;
        correct(app, expected[4].0, "更正").await;
        expected[4].1 = now();
        let files = places(app, "/sitemap.xml").await;
        let changes: Vec<&str> = files.iter().map(|(_, at)| at.as_str()).collect();
        assert_eq!(changes, [&expected[1].1, &expected[3].1, &expected[4].1]);
        let mut listed = Vec::new();
        for (url, _) in &files {
            let urls = places(app, &local(app, url)).await;
            assert!(urls.len() <= 2);
            listed.extend(urls);
        }
        let url = |(id, at): (Uuid, String)| (app.app.config.article_url(id), at);
        let expected: Vec<(String, String)> = expected.into_iter().map(url).collect();
        assert_eq!(listed, expected);
        for name in ["articles-4.xml", "articles-0.xml", "articles-01.xml", "articles-99999999999999999999.xml", "x.xml"] {
            app.get(&format!("/sitemaps/{name}")).send().await.problem(404, "not_found");
        }
    }

    async fn the_site_map_is_not_sent_again(app) {
        app.article("甲").await;
        for path in ["/sitemap.xml", "/sitemaps/articles-1.xml"] {
            let first = get(app, path).await;
            let known = app.get(path).header("if-none-match", first.header("etag")).send().await;
            assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
        }
        app.article("乙").await;
        assert_eq!(places(app, "/sitemaps/articles-1.xml").await.len(), 2, "it shows at once");
    }

    async fn robots_find_the_site_map(app) {
        let robots = get(app, "/robots.txt").await;
        assert!(robots.header("content-type").starts_with("text/plain"));
        let text = robots.text();
        let map = text.lines().find_map(|line| line.strip_prefix("Sitemap: ")).unwrap();
        assert!(places(app, &local(app, map)).await.is_empty());
    }
}
