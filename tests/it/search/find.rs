//! What is found by what, in which order, and how it is shown.

use chrono::TimeDelta;
use entity::search_document::DocumentKind;
use sanjin::features::search::Document;
use serde_json::{Value, json};
use tests::{TestApp, backends};

use super::{document, page, path, put, titles};

const QUALITY: &str = "消费品质量安全知识";
const TOYS: &str = "玩具标准解读";
const BANK: &str = "充电宝3C认证提示";
const CHARGING: &str = "電動車充電須知";
const HELMETS: &str = "头盔抽查";

async fn shelf(app: &TestApp) {
    let of = document;
    put(
        app,
        [
            of(5, QUALITY, &["质量月"], "选购产品，先看标志。"),
            of(4, TOYS, &["国家标准"], "应符合GB 6675.1-2014《玩具安全》。质量要合格。"),
            of(3, BANK, &[], "自2023年8月1日起实施 CCC 认证。"),
            of(2, CHARGING, &[], "請勿在樓道停放，勿用次品。"),
            of(1, HELMETS, &[], "電動自行車頭盔应符合 GB 811—2022。"),
        ],
    )
    .await;
}

backends! {
    async fn a_word_is_found_however_it_is_typed(app) {
        shelf(app).await;
        for (query, wanted) in [
            ("质", &[QUALITY, TOYS][..]),
            ("质量", &[QUALITY, TOYS]),
            (" 質量 ", &[QUALITY, TOYS]),
            ("标志", &[QUALITY]),
            ("志", &[QUALITY]),
            ("质量 标志", &[QUALITY]),
            ("安全 质量", &[QUALITY, TOYS]),
            ("志标", &[]),
            ("GB 6675", &[TOYS]),
            ("gb6675", &[TOYS]),
            ("ＧＢ６６７５．１", &[TOYS]),
            ("GB6675.1—2014", &[TOYS]),
            ("6675", &[TOYS]),
            ("667", &[]),
            ("gb", &[TOYS, HELMETS]),
            ("3C", &[BANK]),
            ("３ｃ 認證", &[BANK]),
            ("ccc", &[BANK]),
            ("C3", &[]),
            ("充电", &[BANK, CHARGING]),
            ("電動車充電", &[CHARGING]),
            ("消费品质量安全知识", &[QUALITY]),
        ] {
            assert_eq!(titles(app, query, "").await, wanted, "{query}");
        }
    }

    async fn synonyms_are_found_and_what_is_quoted_is_meant_literally(app) {
        shelf(app).await;
        for (query, wanted) in [
            ("电动车", &[CHARGING, HELMETS][..]),
            ("电动自行车", &[CHARGING, HELMETS]),
            ("电动车头盔", &[HELMETS]),
            ("\"电动车\"", &[CHARGING]),
            ("“电动自行车”", &[HELMETS]),
            ("强制性产品认证", &[BANK]),
            ("\"质量安全\"", &[QUALITY]),
            ("\"安全质量\"", &[]),
            ("「3C认证」", &[BANK]),
            ("\"认证 3C\"", &[]),
            ("\"GB 6675.1\" \"玩具安全\"", &[TOYS]),
            ("\"产品 先看\"", &[QUALITY]),
        ] {
            assert_eq!(titles(app, query, "").await, wanted, "{query}");
        }
    }

    async fn signs_are_no_operators(app) {
        shelf(app).await;
        for query in [
            "质量*", "*质量", "质量:", "^质量", "(质量", "质量)", "'质量'", "质量\\", "{质量}", "-质量",
            "质量;--", "\"质量", "质量\"", "质量 & | ! <->", "质\u{200B}量",
            "质量%00", "质量'::tsquery",
        ] {
            let found = titles(app, query, "").await;
            let wanted: &[&str] = match query {
                // These ask for more than the word.
                "质量%00" | "质量'::tsquery" => &[],
                _ => &[QUALITY, TOYS],
            };
            assert_eq!(found, wanted, "{query}");
        }
        for query in ["质量 AND 标志", "质量 OR 标志", "NOT 质量", "NEAR(质量 标志)", "质量 NEAR/2 标志", "tokens: 质量"] {
            assert!(titles(app, query, "").await.is_empty(), "{query}");
        }
    }

    async fn hits_in_the_title_come_before_tags_and_text_and_then_the_newest(app) {
        put(app, [
            document(1, "质量一", &[], ""),
            document(2, "质量二", &[], ""),
            document(7, "丙", &["质量月"], "质量"),
            document(8, "质丁", &["量具", "质量"], ""),
            document(9, "戊", &[], "质量"),
            document(9_999, "己", &[], "质，量"),
        ])
        .await;
        let page = page(app, "质量", "").await;
        let shown: Vec<(&str, &str)> = page["items"].as_array().unwrap().iter()
            .map(|item| (item["title"].as_str().unwrap(), item["hit_in"].as_str().unwrap()))
            .collect();
        assert_eq!(shown, [
            ("质量二", "title"), ("质量一", "title"), ("质丁", "tags"), ("丙", "tags"), ("戊", "text"),
        ]);
        // Part in the title, part in the text: a hit in the text.
        assert_eq!(titles(app, "质量 丁", "").await, ["质丁"]);
    }

    async fn filters_narrow_and_facets_count_what_is_left(app) {
        let with = |number, change: fn(&mut Document)| {
            let mut document = document(number, &format!("质量{number}"), &[], "");
            change(&mut document);
            document
        };
        put(app, [
            with(0, |_| {}),
            with(1, |d| d.kind = DocumentKind::Bulletin),
            with(2, |d| d.category = Some("recall-notice".to_owned())),
            with(3, |d| d.product_class = Some("clothing".to_owned())),
            with(4, |d| d.audiences = vec!["campus".to_owned(), "community".to_owned()]),
            with(5, |d| d.region_code = Some("11".to_owned())),
            with(6, |d| d.region_code = Some("110108".to_owned())),
            with(7, |d| d.region_code = Some("31".to_owned())),
            with(8, |d| d.published_at += TimeDelta::days(3)),
        ])
        .await;
        let numbers = async |more: &str| -> Vec<String> {
            let found = titles(app, "质量", more).await;
            let mut found: Vec<String> = found.iter().map(|title| title.replace("质量", "")).collect();
            found.sort();
            found
        };
        let all = ["0", "1", "2", "3", "4", "5", "6", "7", "8"];
        for (more, wanted) in [
            ("", &all[..]),
            ("&kind=bulletin", &["1"]),
            ("&category=recall-notice", &["2"]),
            ("&class=clothing", &["3"]),
            ("&audience=campus", &all),
            ("&audience=hospital", &["0", "1", "2", "3", "5", "6", "7", "8"]),
            ("&audience=camp", &["0", "1", "2", "3", "5", "6", "7", "8"]),
            ("&region=110108", &["0", "1", "2", "3", "4", "5", "6", "8"]),
            ("&region=110101001", &["0", "1", "2", "3", "4", "5", "8"]),
            ("&region=11", &["0", "1", "2", "3", "4", "5", "6", "8"]),
            ("&region=99", &["0", "1", "2", "3", "4", "8"]),
            ("&since=2026-11-03", &["8"]),
            ("&since=2026-11-01", &all),
            ("&kind=bulletin&class=clothing", &[]),
            ("&category=none", &[]),
        ] {
            assert_eq!(numbers(more).await, wanted, "{more}");
        }
        let facets = page(app, "质量", "").await["facets"].clone();
        let count = |value: &str, count: i64| json!({ "value": value, "count": count });
        assert_eq!(facets["kinds"], json!([count("article", 8), count("bulletin", 1)]));
        assert_eq!(facets["categories"], json!([count("knowledge", 8), count("recall-notice", 1)]));
        assert_eq!(facets["classes"], json!([count("clothing", 1)]));
        let facets = page(app, "\"质量3\"", "&limit=1").await["facets"].clone();
        assert_eq!(facets["kinds"], json!([count("article", 1)]));
        let none = page(app, "玩具", "").await;
        assert_eq!(none, json!({ "items": [], "facets": { "kinds": [], "categories": [], "classes": [] } }));
    }

    async fn pages_are_stable_while_documents_are_added(app) {
        let place = |number: u32| match number % 3 {
            0 => document(number, "质量", &[], ""),
            1 => document(number, "甲", &["质量"], ""),
            _ => document(number, "甲", &[], "质量"),
        };
        put(app, (0..30).map(place)).await;
        let all = app.walk(&path("质量", ""), None, 100).await;
        assert_eq!(all.len(), 30);
        for limit in [1, 7, 10, 29, 30] {
            assert_eq!(app.walk(&path("质量", ""), None, limit).await, all, "{limit} a page");
        }
        let first = page(app, "质量", "&limit=15").await;
        put(app, (30..36).map(place)).await;
        let cursor = format!("&limit=15&cursor={}", first["next_cursor"].as_str().unwrap());
        let second = page(app, "质量", &cursor).await;
        let ids = |items: &[Value]| items.iter().map(|item| item["id"].clone()).collect::<Vec<_>>();
        let later: Vec<Value> =
            ids(second["items"].as_array().unwrap()).into_iter().filter(|id| ids(&all).contains(id)).collect();
        assert!(ids(&all[15..]).starts_with(&later), "nothing is shown twice or left out");
        assert!(!later.is_empty());
    }

    async fn what_was_found_is_marked_and_nothing_else_is_html(app) {
        put(app, [document(1, "<script>alert(1)</script>質量&\"'", &["<b>"], &format!(
            "{}<img src=x onerror=alert(1)>质量{}", "前".repeat(200), "后".repeat(200),
        ))])
        .await;
        let hit = &page(app, "质量", "").await["items"][0];
        assert_eq!(
            hit["title_html"],
            "&#60;script&#62;alert(1)&#60;/script&#62;<mark>質量</mark>&#38;&#34;&#39;"
        );
        let snippet = hit["snippet_html"].as_str().unwrap();
        assert!(snippet.contains("onerror=alert(1)&#62;<mark>质量</mark>后"), "{snippet}");
        assert!(snippet.starts_with('…') && snippet.ends_with('…'), "{snippet}");
        assert!(!snippet.replace("<mark>", "").replace("</mark>", "").contains('<'), "{snippet}");
        assert_eq!(hit["tags"], json!(["<b>"]));
        let by_body = &page(app, "script", "").await["items"][0];
        assert!(by_body["title_html"].as_str().unwrap().contains("&#60;<mark>script</mark>&#62;"));
    }

    async fn a_search_is_cached_as_public_pages_are(app) {
        shelf(app).await;
        let reply = app.get(&path("质量", "")).send().await;
        reply.expect(200);
        assert!(reply.header("cache-control").starts_with("public, max-age=60"));
        let again = app.get(&path("质量", "")).header("if-none-match", reply.header("etag"));
        let before = app.statements();
        assert_eq!(again.send().await.status, 304);
        assert_eq!(app.statements(), before, "a page that is known costs no statement");
    }

    async fn a_search_takes_as_many_statements_for_one_hit_as_for_many(app) {
        put(app, (0..60).map(|n| document(n, if n == 0 { "甲" } else { "乙" }, &["标"], "丙"))).await;
        let mut counts = Vec::new();
        // Warm: synonyms are read every other second.
        titles(app, "无", "").await;
        for query in ["甲", "乙", "标", "丙", "甲 丙"] {
            let before = app.statements();
            assert!(!titles(app, query, "&limit=50").await.is_empty());
            counts.push(app.statements() - before);
        }
        // The sorts, the three places, and now and then the synonyms.
        assert!(counts.iter().all(|count| (2..=5).contains(count)), "{counts:?}");
    }
}
