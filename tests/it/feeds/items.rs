//! What stands in a feed.

use chrono::TimeDelta;
use sanjin::features::articles::import::{Document, import_documents};
use serde_json::{Value, json};
use tests::{backends, jpeg};

use super::{
    FORMATS, article, correct, feed, get, json_feed, link, local, path, publish, title, titles,
    withdraw,
};

/// What breaks XML when it is not written with care.
const HARD: [&str; 6] = [
    "a]]>b <script>alert(1)</script>",
    "\"&amp;\" & '<' > &lt;",
    "<![CDATA[x]]>",
    "<!-- x --> <?xml ?>",
    "𠮷野家 😀 \u{2028}",
    "[x](javascript:alert(1))",
];

backends! {
    async fn get_feed_says_the_same_in_every_format(app) {
        let (id, editor) = publish(app, json!({
            "title": "儿童座椅怎样选", "summary": "三步选对", "body_markdown": "# 一\n\n- 看标志",
            "category": "notice", "issuer": "某某局",
        })).await;
        let article = format!("/api/v1/staff/articles/{id}");
        let version = app.get(&article).by(&editor).send().await.header("etag").to_owned();
        let put = app.put(&format!("{article}/cover?alt=%E6%A4%85")).by(&editor);
        let put = put.header("if-match", &version).raw("image/jpeg", jpeg(40, 30));
        let cover = put.send().await.expect(200)["cover_url"].as_str().unwrap().to_owned();
        app.publish_article(id, &editor).await;
        for (ending, media_type) in FORMATS {
            let reply = get(app, &path(ending)).await;
            assert_eq!(reply.header("content-type"), media_type);
            let feed = feed(app, &path(ending)).await;
            assert_eq!(feed.title.as_ref().unwrap().content, "三进公共服务（演示）");
            let entry = &feed.entries[0];
            assert_eq!(entry.id, format!("urn:uuid:{id}"), "{ending}");
            assert_eq!(title(entry), "儿童座椅怎样选");
            assert_eq!(entry.summary.as_ref().unwrap().content, "三步选对");
            let content = entry.content.as_ref().unwrap().body.as_deref().unwrap();
            assert_eq!(content.trim(), "<h1 id=\"s1\">一</h1>\n<ul>\n<li>看标志</li>\n</ul>");
            assert_eq!(entry.published.unwrap(), app.now(), "{ending}");
            let page = &entry.links.iter().find(|link| link.rel.as_deref() != Some("enclosure"));
            assert_eq!(local(app, &page.unwrap().href), format!("/api/v1/articles/{id}"));
            assert!(reply.text().contains(&format!("{}{cover}", app.app.config.base_url())));
            assert!(reply.text().contains("image/jpeg"), "{ending}: no type of the cover");
        }
        let item = json_feed(app, "").await["items"][0].clone();
        assert_eq!(item["tags"], json!(["通知公告"]));
        assert_eq!(item["authors"], json!([{ "name": "某某局" }]));
        assert_eq!([&item["date_published"], &item["date_modified"]], ["2026-11-20T02:00:00Z"; 2]);
        assert_eq!(item["attachments"][0]["title"], "椅");
        assert_eq!(item["image"], item["attachments"][0]["url"]);
    }

    async fn get_feed_of_json_is_what_its_standard_asks(app) {
        app.article("甲").await;
        let feed = json_feed(app, "").await;
        assert_eq!(feed["version"], "https://jsonfeed.org/version/1.1");
        for field in ["title", "home_page_url", "feed_url", "language"] {
            assert!(feed[field].is_string(), "{field}");
        }
        assert_eq!(feed.get("next_url"), None);
        for field in ["id", "url", "title", "summary", "content_html"] {
            assert!(feed["items"][0][field].is_string(), "{field}");
        }
    }

    async fn get_feed_carries_hard_texts_unharmed(app) {
        for text in HARD {
            // A numeric reference makes a character that XML cannot hold.
            let body = json!({
                "title": text, "summary": text, "issuer": text, "category": "knowledge",
                "body_markdown": format!("{text}\n\n&#1;&#xB;&#xFFFE;`]]>`"),
            });
            let (id, _) = publish(app, body).await;
            let article = app.get(&format!("/api/v1/articles/{id}")).send().await.expect(200);
            let fits = |c: &char| !matches!(c, '\u{1}' | '\u{b}' | '\u{fffe}');
            let html: String = article["body_html"].as_str().unwrap().chars().filter(fits).collect();
            for (ending, _) in FORMATS {
                let feed = feed(app, &path(ending)).await;
                let urn = format!("urn:uuid:{id}");
                let entry = feed.entries.iter().find(|entry| entry.id == urn).unwrap();
                assert_eq!(title(entry), text.trim(), "{ending}");
                let content = entry.content.as_ref().unwrap().body.as_deref().unwrap();
                assert_eq!(content.trim(), html.trim(), "{ending}");
            }
        }
    }

    async fn get_feed_shows_a_correction_and_not_what_is_withdrawn(app) {
        let (old, newer) = (app.article("旧").await, app.article("新").await);
        app.advance(TimeDelta::minutes(10));
        for (ending, _) in FORMATS {
            assert_eq!(feed(app, &path(ending)).await.entries.len(), 2);
        }
        let before = json_feed(app, "").await;
        correct(app, old, "旧，更正").await;
        let after = json_feed(app, "").await;
        let item = |feed: &Value, id| {
            let items = feed["items"].as_array().unwrap();
            items.iter().find(|item| item["id"] == format!("urn:uuid:{id}")).unwrap().clone()
        };
        assert_eq!(after["items"][0], item(&after, old), "it comes to the top");
        let (was, is) = (item(&before, old), item(&after, old));
        assert_eq!(is["title"], "旧，更正");
        assert_eq!(was["date_published"], is["date_published"]);
        assert_eq!([&was["date_modified"], &is["date_modified"]], ["2026-11-20T02:00:00Z", "2026-11-20T02:10:00Z"]);
        let atom = feed(app, &path("atom")).await;
        assert_eq!(atom.entries[0].updated.unwrap(), app.now());
        assert_eq!(atom.updated.unwrap(), app.now());
        assert!(get(app, &path("rss")).await.text().contains("2026-11-20T02:10:00"));
        app.advance(TimeDelta::minutes(10));
        withdraw(app, newer).await;
        for (ending, _) in FORMATS {
            assert_eq!(titles(&feed(app, &path(ending)).await), ["旧，更正"], "{ending}");
        }
        assert_eq!(feed(app, &path("atom")).await.updated.unwrap(), app.now());
    }

    async fn get_feed_is_walked_page_by_page(app) {
        let document = |n: usize| {
            let text = format!("---\ntitle: 第{n:02}篇\ncategory: knowledge\n---\n文\n");
            Document::new(format!("{n:02}.md"), text)
        };
        import_documents(&app.app, (0..60).map(document).collect()).await.unwrap().unwrap();
        for (ending, _) in FORMATS {
            let first = feed(app, &format!("{}?category=knowledge", path(ending))).await;
            let next = match ending {
                "json" => json_feed(app, "?category=knowledge").await["next_url"].as_str().unwrap().to_owned(),
                _ => link(&first, "next").unwrap().to_owned(),
            };
            let last = feed(app, &local(app, &next)).await;
            assert_eq!((first.entries.len(), last.entries.len()), (50, 10), "{ending}");
            let mut all = [titles(&first), titles(&last)].concat();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), 60, "{ending}");
            assert_eq!(link(&last, "next"), None);
        }
    }

    async fn get_feed_of_a_category_is_that_category(app) {
        publish(app, article("通知", "notice")).await;
        publish(app, article("知识", "knowledge")).await;
        for (ending, _) in FORMATS {
            let feed = feed(app, &format!("{}?category=notice", path(ending))).await;
            assert_eq!(titles(&feed), ["通知"], "{ending}");
            assert_eq!(feed.title.unwrap().content, "三进公共服务（演示）·通知公告");
        }
    }

    async fn get_feed_that_there_is_not_is_refused(app) {
        for name in ["articles", "articles.xml", "articles.ATOM", "x.atom", "%ff", "..%2Farticles.atom"] {
            app.get(&format!("/api/v1/feeds/{name}")).send().await.problem(404, "not_found");
        }
        let get = |query: &str| app.get(&format!("{}?{query}", path("atom"))).send();
        for category in ["none", "", "%3Cx%3E", "notice%27"] {
            let refused = get(&format!("category={category}")).await;
            assert_eq!(refused.problem(422, "unknown_category")["errors"][0]["path"], "category");
        }
        for cursor in ["x", "", "AAAA"] {
            get(&format!("cursor={cursor}")).await.problem(422, "invalid_cursor");
        }
        get("limit=5").await.invalid("limit");
    }

    async fn get_feed_of_an_article_without_words_is_a_feed(app) {
        let body = json!({ "title": "图", "category": "knowledge", "body_markdown": "![图](https://e.example/a.png)" });
        publish(app, body).await;
        let silent = json!({ "title": "空", "category": "knowledge", "body_markdown": "<script>x</script>" });
        publish(app, silent).await;
        for (ending, _) in FORMATS {
            assert_eq!(titles(&feed(app, &path(ending)).await).len(), 2, "{ending}");
        }
    }

    async fn get_feed_of_nothing_is_a_feed(app) {
        for (ending, _) in FORMATS {
            assert!(feed(app, &path(ending)).await.entries.is_empty(), "{ending}");
        }
    }

    async fn get_feed_names_the_host_and_the_page_that_were_set(app, config => {
        config.http.public_url = "https://api.example".to_owned();
        config.site.article_url = "https://h5.example/#/a/{id}".to_owned();
        config.site.title = "示范站".to_owned();
    }) {
        let id = app.article("甲").await;
        let feed = json_feed(app, "").await;
        assert_eq!(feed["feed_url"], "https://api.example/api/v1/feeds/articles.json");
        assert_eq!([&feed["home_page_url"], &feed["title"]], ["https://api.example", "示范站"]);
        assert_eq!(feed["items"][0]["url"], format!("https://h5.example/#/a/{id}"));
    }
}
