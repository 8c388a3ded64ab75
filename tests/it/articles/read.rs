//! What the public sees.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{backends, with};
use uuid::Uuid;

use super::{Desk, article_body};

const LIST: &str = "/api/v1/articles";

backends! {
    async fn get_article_shows_what_was_published(app) {
        let body = json!({
            "title": " 儿童座椅怎样选 ", "summary": "三步选对座椅", "body_markdown": "# 一\n\n- 看标志",
            "category": "notice", "issuer": "某某局", "document_number": "某字〔2026〕1号",
            "issued_on": "2026-11-01",
        });
        let desk = Desk::with_draft(app, body).await;
        desk.publish().await.expect(200);
        let article = desk.read().await.expect(200);
        assert_eq!(article["title"], "儿童座椅怎样选");
        assert_eq!(article["body_html"], "<h1 id=\"s1\">一</h1>\n<ul>\n<li>看标志</li>\n</ul>\n");
        assert_eq!(article["issued_on"], "2026-11-01");
        assert_eq!(article["published_at"], "2026-11-20T02:00:00Z");
        assert_eq!(article.get("body_markdown"), None);
        assert_eq!(article.get("author_id"), None);
        assert_eq!(article["toc"], json!([{ "id": "s1", "level": 1, "title": "一" }]));
        assert_eq!([&article["body_text"], &article["reading_minutes"]], [&json!("一\n看标志"), &json!(1)]);
        let listed = &app.walk(LIST, None, 10).await[0];
        for (field, value) in listed.as_object().unwrap() {
            assert_eq!(&article[field], value, "{field}");
        }
    }

    async fn get_article_of_a_draft_is_refused(app) {
        let desk = Desk::with_draft(app, article_body("草稿")).await;
        desk.read().await.problem(404, "not_found");
        assert!(!desk.is_listed().await);
        let head = app.request(Method::HEAD, &desk.public_path()).send().await;
        assert_eq!(head.status, 404);
    }

    async fn get_article_that_does_not_exist_is_refused(app) {
        for id in [Uuid::nil().to_string(), "7".to_owned(), "%ff".to_owned(), "x".repeat(500)] {
            app.get(&format!("{LIST}/{id}")).send().await.problem(404, "not_found");
        }
    }

    async fn publish_article_shows_at_once_despite_the_cache(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        desk.read().await.problem(404, "not_found");
        assert!(!desk.is_listed().await);
        desk.publish().await.expect(200);
        desk.read().await.expect(200);
        assert!(desk.is_listed().await);
        desk.unpublish().await.expect(200);
        desk.read().await.problem(404, "not_found");
        assert!(!desk.is_listed().await);
        desk.publish().await.expect(200);
        desk.read().await.expect(200);
        assert!(desk.is_listed().await);
    }

    async fn update_article_that_is_published_shows_once_it_is_published_itself(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        desk.publish().await.expect(200);
        let before = desk.read().await;
        let edited = desk.edit(article_body("乙")).await.expect(200);
        assert_eq!([&edited["title"], &edited["status"], &edited["stage"]], ["乙", "published", "draft"]);
        app.advance(TimeDelta::seconds(3));
        desk.app.app.pages.forget_kind("article");
        let meanwhile = desk.read().await;
        assert_eq!(meanwhile.expect(200), before.expect(200));
        assert_eq!(meanwhile.header("etag"), before.header("etag"), "nothing has changed for a cache");
        desk.correct("题目有误").await.expect(200);
        let after = desk.read().await;
        assert_eq!(after.expect(200)["title"], "乙");
        assert_ne!(before.header("etag"), after.header("etag"));
        assert_eq!(app.walk(LIST, None, 10).await[0]["title"], "乙");
        let correction = json!([{ "note": "题目有误", "corrected_at": "2026-11-20T02:00:03Z" }]);
        assert_eq!(after.json()["corrections"], correction);
        assert_eq!(after.json()["published_at"], before.json()["published_at"]);
    }

    async fn get_article_that_the_client_has_is_not_sent_again(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        desk.publish().await.expect(200);
        for path in [desk.public_path(), LIST.to_owned(), "/api/v1/article-categories".to_owned()] {
            let first = app.get(&path).send().await;
            first.expect(200);
            assert_eq!(first.header("content-type"), "application/json");
            assert!(first.header("cache-control").starts_with("public, max-age="));
            let etag = first.header("etag");
            let known = app.get(&path).header("if-none-match", etag).send().await;
            assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
            assert_eq!(known.header("etag"), etag);
            let head = app.request(Method::HEAD, &path).send().await;
            assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
            assert_eq!(head.header("content-length"), first.body.len().to_string());
        }
    }

    async fn list_articles_walks_all_of_them_newest_first(app) {
        let mut published = Vec::new();
        for n in 0..5 {
            // Two of them at the same instant.
            app.advance(TimeDelta::seconds(n / 2));
            let desk = Desk::with_draft(app, article_body(&format!("第{n}篇"))).await;
            desk.publish().await.expect(200);
            published.push(desk.id);
        }
        for limit in [1, 2, 3, 5, 100] {
            let all = app.walk(LIST, None, limit).await;
            let times: Vec<&str> = all.iter().filter_map(|a| a["published_at"].as_str()).collect();
            assert_eq!(times.len(), 5, "{limit} at a time");
            assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
            assert!(published.iter().all(|id| all.iter().any(|item| item["id"] == *id)));
        }
        app.refuses_bad_pages(LIST, None).await;
    }

    async fn list_articles_of_a_category_shows_that_category(app) {
        for category in ["notice", "knowledge"] {
            let body = with(&article_body(category), "category", json!(category));
            Desk::with_draft(app, body).await.publish().await.expect(200);
        }
        let titles = async |query: &str| -> Vec<Value> {
            let all = app.walk(&format!("{LIST}{query}"), None, 1).await;
            all.iter().map(|item| item["title"].clone()).collect()
        };
        assert_eq!(titles("?category=notice").await, ["notice"]);
        assert_eq!(titles("?category=knowledge").await, ["knowledge"]);
        assert_eq!(titles("").await.len(), 2);
        for unknown in ["none", "", "%25", "notice%27"] {
            let get = app.get(&format!("{LIST}?category={unknown}")).send().await;
            assert_eq!(get.problem(422, "unknown_category")["errors"][0]["path"], "category");
        }
        app.get(&format!("{LIST}?q=x")).send().await.invalid("q");
    }

    async fn list_article_categories_are_those_that_an_editor_may_use(app) {
        let list = app.get("/api/v1/article-categories").send().await.expect(200);
        let categories = list["items"].as_array().unwrap();
        assert!(categories.len() >= 2);
        for category in categories {
            let body = with(&article_body("甲"), "category", category["code"].clone());
            Desk::with_draft(app, body).await;
        }
    }
}
