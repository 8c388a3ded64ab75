//! The editor's week: one text from the first word to its withdrawal.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;
use tests::{TestResponse, backends};

use super::{Desk, STAFF, all_week};

const LIST: &str = "/api/v1/articles";

/// The page, and whether a client that had `before` has to fetch it again.
async fn fetched(desk: &Desk<'_>, path: &str, before: &TestResponse) -> TestResponse {
    let tag = before.header("etag");
    let again = desk.app.get(path).header("if-none-match", tag).send().await;
    assert_eq!(again.status, 200, "{path} has changed");
    again
}

backends! {
    async fn the_editors_week(app, config => { all_week(config); }) {
        // Monday: a text about children's seats, with a slip in it.
        // Each step a minute after the one before.
        let then = || app.advance(TimeDelta::minutes(1));
        let empty = app.get(LIST).send().await;
        let body = |limit: &str| json!({
            "title": "儿童安全座椅怎么选", "category": "maternal_elderly_disabled", "tags": ["儿童座椅"],
            "product_class": "maternal_elderly_disabled", "standards": ["GB 27887—2011"],
            "responsible_unit": "质量监督处", "source": "示范检验院",
            "body_markdown": format!("# 先看标志\n\n## 再看体重\n\n适用体重不超过{limit}千克。"),
        });
        let desk = Desk::with_draft(app, body("360")).await;
        let links = format!("{STAFF}/{}/preview-links", desk.id);
        let link = app.post(&links).by(&desk.editor).json(json!({ "hours": 48 })).send().await.expect(201);
        let link = link["url"].as_str().unwrap();
        let preview = app.get(link).send().await.expect(200);
        assert!(preview["body_html"].as_str().unwrap().contains("360"));
        assert_eq!(preview["toc"][1], json!({ "id": "s2", "level": 2, "title": "再看体重" }));

        // Tuesday: reviewed by another, who finds the slip.
        app.advance(TimeDelta::days(1));
        desk.submit().await.expect(200);
        app.get(link).send().await.problem(410, "preview_link_expired");
        then();
        let note = json!({ "note": "体重应为 36 千克" });
        desk.post(&desk.reviewer, "change-requests", note).await.expect(200);
        let seen = desk.seen().await;
        assert_eq!(seen["review"]["note"], "体重应为 36 千克");
        then();
        desk.edit(body("36")).await.expect(200);
        let diff = format!("{}/revisions/2/diff", desk.staff_path());
        let diff = app.get(&diff).by(&desk.reviewer).send().await.expect(200);
        assert!(diff["diff"].as_str().unwrap().contains("-适用体重不超过360千克。\n+适用体重不超过36千克。"));
        then();
        desk.submit().await.expect(200);
        then();
        desk.approve().await.expect(200);
        desk.read().await.problem(404, "not_found");

        // Wednesday: published on time, by nobody's hand.
        then();
        let at = app.now() + TimeDelta::hours(22);
        desk.post(&desk.publisher, "schedule", json!({ "publish_at": at })).await.expect(200);
        app.advance(TimeDelta::hours(22));
        assert_eq!(app.get(LIST).send().await.header("etag"), empty.header("etag"));
        app.drain_jobs().await;
        let page = desk.read().await;
        let article = page.expect(200);
        assert_eq!(article["published_at"], json!(at));
        assert_eq!(article["responsible_unit"], "质量监督处");
        let list = fetched(&desk, LIST, &empty).await;
        assert_eq!(list.json()["items"][0]["title"], "儿童安全座椅怎么选");
        let known = app.get(&desk.public_path()).header("if-none-match", page.header("etag")).send().await;
        assert_eq!(known.status, 304);

        // Thursday: a correction, which everybody is told.
        app.advance(TimeDelta::days(1));
        desk.edit(body("三十六")).await.expect(200);
        assert_eq!(desk.read().await.header("etag"), page.header("etag"), "a draft beside it");
        then();
        desk.submit().await.expect(200);
        then();
        desk.approve().await.expect(200);
        then();
        let corrected = json!({ "note": "体重改用汉字" });
        desk.post(&desk.publisher, "publication", corrected).await.expect(200);
        let corrected = fetched(&desk, &desk.public_path(), &page).await;
        let article = corrected.json();
        assert!(article["body_html"].as_str().unwrap().contains("三十六"));
        assert_eq!(article["corrections"], json!([{ "note": "体重改用汉字", "corrected_at": app.now() }]));
        assert_eq!(article["published_at"], json!(at));
        let list = fetched(&desk, LIST, &list).await;

        // Friday: the standard is replaced, the text withdrawn.
        app.advance(TimeDelta::days(1));
        let path = format!("{}/withdrawal", desk.staff_path());
        let notice = json!({ "notice": "所依据的标准已废止" });
        app.request(Method::POST, &path).by(&desk.publisher).json(notice).send().await.expect(200);
        let gone = desk.read().await.problem(410, "article_withdrawn");
        assert_eq!(gone["withdrawn"]["title"], "儿童安全座椅怎么选");
        assert_eq!(gone["withdrawn"]["notice"], "所依据的标准已废止");
        let list = fetched(&desk, LIST, &list).await;
        assert_eq!(list.header("etag"), empty.header("etag"));

        // What an inspection is shown.
        let path = format!("{}/reviews", desk.staff_path());
        let steps = app.walk(&path, Some(&desk.reviewer), 100).await;
        let steps: Vec<_> = steps.iter().map(|one| one["step"].as_str().unwrap()).collect();
        assert_eq!(steps, [
            "written", "submitted", "changes_requested", "written", "submitted", "approved", "scheduled",
            "published", "written", "submitted", "approved", "corrected", "withdrawn",
        ]);
    }
}
