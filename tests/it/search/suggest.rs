//! Suggestions while somebody types.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{TestApp, backends};

use super::{document, encoded, put, titles};

async fn suggested(app: &TestApp, begun: &str) -> Vec<(String, String)> {
    let path = format!("/api/v1/search/suggestions?q={}", encoded(begun));
    let list = app.get(&path).send().await.expect(200);
    let text = |item: &Value, field: &str| item[field].as_str().unwrap().to_owned();
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| (text(item, "kind"), text(item, "text"))).collect()
}

fn pairs<const N: usize>(wanted: [(&str, &str); N]) -> Vec<(String, String)> {
    wanted.map(|(kind, text)| (kind.to_owned(), text.to_owned())).into()
}

backends! {
    async fn tags_and_titles_that_begin_so_are_suggested(app) {
        put(app, [
            document(1, "质量月开幕", &["质量月", "质量"], "质朴"),
            document(2, "《质量》手册", &["質量"], ""),
            document(3, "玩具", &["3C认证", "质检"], "质量"),
        ])
        .await;
        for (begun, wanted) in [
            ("质量月", pairs([("tag", "质量月"), ("title", "质量月开幕")]).as_slice()),
            ("質量月", &pairs([("tag", "质量月"), ("title", "质量月开幕")])),
            ("３c", &pairs([("tag", "3C认证")])),
            ("玩", &pairs([("title", "玩具")])),
            ("手册", &[]),
        ] {
            assert_eq!(suggested(app, begun).await, wanted, "{begun}");
        }
        // The tag of two documents first; both spellings are one.
        assert_eq!(suggested(app, "质%").await, pairs([
            ("tag", "質量"), ("tag", "质检"), ("tag", "质量月"),
            ("title", "《质量》手册"), ("title", "质量月开幕"),
        ]));
        assert_eq!(suggested(app, "'\"\\").await.len(), 4, "signs are no beginning yet");
        let path = format!("/api/v1/search/suggestions?q={}", encoded("玩具"));
        let reply = app.get(&path).send().await;
        assert!(reply.header("cache-control").starts_with("public"));
        let title = &reply.expect(200)["items"][0];
        assert_eq!([&title["document_kind"], &title["document_id"]], [
            &json!("article"), &json!("00000000-0000-0000-0000-000000000004"),
        ]);
    }

    async fn what_is_searched_often_comes_first_and_no_stranger_s_words_are_shown(app) {
        put(app, [
            document(1, "甲", &["玩具", "灯具"], ""),
            document(2, "乙", &["玩具"], ""),
        ])
        .await;
        assert_eq!(suggested(app, "").await, pairs([("tag", "玩具"), ("tag", "灯具")]));
        for more in ["", "&limit=2", "&limit=3"] {
            titles(app, "灯具", more).await;
            titles(app, "骂人的话", more).await;
        }
        app.advance(TimeDelta::seconds(10));
        titles(app, "无", "").await;
        app.app.pages.forget_kind("suggestions");
        assert_eq!(suggested(app, " ").await, pairs([("tag", "灯具"), ("tag", "玩具")]));
        assert!(suggested(app, "骂").await.is_empty());
    }

    async fn a_suggestion_for_too_much_is_refused(app) {
        let path = format!("/api/v1/search/suggestions?q={}", "x".repeat(101));
        app.get(&path).send().await.invalid("q");
        app.get("/api/v1/search/suggestions?limit=3").send().await.invalid("limit");
        app.get("/api/v1/search/suggestions").send().await.expect(200);
    }
}
