//! Links to what is not public yet.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Person, backends, jpeg, with};

use super::{Desk, all_week, article_body};

async fn link(desk: &Desk<'_>, who: &Person, body: Value) -> String {
    let path = format!("{}/preview-links", desk.staff_path());
    let link = desk.app.post(&path).by(who).json(body).send().await.expect(201);
    link["url"].as_str().unwrap().to_owned()
}

backends! {
    async fn get_article_preview_shows_the_draft_with_its_pictures_to_nobody_in_particular(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        let picture = app.article_picture(&desk.editor, &jpeg(30, 20)).await;
        let text = format!("![图](/api/v1/media/files/{picture})");
        desk.edit(with(&article_body("甲"), "body_markdown", json!(text))).await.expect(200);
        desk.put("/cover?alt=x", 1).raw("image/jpeg", jpeg(9, 9)).send().await.expect(200);
        let url = link(&desk, &desk.reviewer, json!({})).await;
        let reply = app.get(&url).send().await;
        let preview = reply.expect(200);
        assert_eq!([&preview["title"], &preview["stage"]], ["甲", "draft"]);
        assert_eq!(preview["revision"], 3);
        assert_eq!(reply.header("cache-control"), "no-store");
        let html = preview["body_html"].as_str().unwrap();
        let file = format!("{url}/files/{picture}");
        assert!(html.contains(&format!("src=\"{file}\"")), "{html}");
        for file in [&file, preview["cover_url"].as_str().unwrap()] {
            let shown = app.get(file).send().await;
            assert_eq!((shown.status.as_u16(), shown.header("cache-control")), (200, "no-store"));
        }
        // Only what is the article's own.
        let other = app.article_picture(&desk.editor, &jpeg(9, 9)).await;
        app.get(&format!("{url}/files/{other}")).send().await.problem(404, "not_found");
        app.get(&format!("/api/v1/media/files/{picture}")).send().await.problem(404, "not_found");
        // The latest text, as long as the state is the same.
        desk.edit(article_body("乙")).await.expect(200);
        assert_eq!(app.get(&url).send().await.expect(200)["title"], "乙");
    }

    async fn get_article_preview_ends_with_its_time_and_with_the_state(app, config => { all_week(config); }) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        let short = link(&desk, &desk.editor, json!({ "hours": 1 })).await;
        app.advance(TimeDelta::minutes(59));
        app.get(&short).send().await.expect(200);
        app.advance(TimeDelta::minutes(1));
        app.get(&short).send().await.problem(410, "preview_link_expired");
        let desk = Desk::with_draft(app, article_body("甲")).await;
        let long = link(&desk, &desk.editor, json!({})).await;
        desk.submit().await.expect(200);
        app.get(&long).send().await.problem(410, "preview_link_expired");
        // Back in the same state it is another time.
        desk.act(&desk.editor, reqwest::Method::DELETE, "submission", json!({})).await.expect(200);
        app.get(&long).send().await.problem(410, "preview_link_expired");
    }

    async fn get_article_preview_of_a_link_we_never_gave_is_refused(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        let url = link(&desk, &desk.editor, json!({})).await;
        let token = url.rsplit('/').next().unwrap();
        let (content, _) = token.rsplit_once('.').unwrap();
        for wrong in [
            "x".to_owned(),
            format!("{content}."),
            format!("{content}.{}", "0".repeat(64)),
            token.replacen("v1.", "v2.", 1),
            token.replacen(".0.", ".1.", 1),
            "x".repeat(2_000),
        ] {
            let get = app.get(&format!("/api/v1/article-previews/{wrong}")).send().await;
            get.problem(404, "preview_link_invalid");
        }
        let path = format!("{}/preview-links", desk.staff_path());
        for hours in [0, 169] {
            app.post(&path).by(&desk.editor).json(json!({ "hours": hours })).send().await.invalid("hours");
        }
    }
}
