//! Files of articles: seen by everybody while their article is published.

use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestResponse, backends, jpeg, pdf};

const ARTICLES: &str = "/api/v1/staff/articles";

fn text_of(text: &str) -> Value {
    json!({ "title": "题", "body_markdown": text, "category": "knowledge" })
}

async fn draft(app: &TestApp, editor: &Person, text: &str) -> TestResponse {
    app.post(ARTICLES).by(editor).json(text_of(text)).send().await
}

async fn publish(app: &TestApp, editor: &Person, article: &Value) {
    app.publish_article(article["id"].as_str().unwrap().parse().unwrap(), editor).await;
}

async fn unpublish(app: &TestApp, editor: &Person, article: &Value) {
    let path = format!("{ARTICLES}/{}/publication", article["id"].as_str().unwrap());
    app.delete(&path).by(editor).send().await.expect(200);
}

backends! {
    async fn get_media_shows_a_picture_while_its_article_is_published(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let id = app.article_picture(&editor, &jpeg(1_200, 600)).await;
        let url = format!("/api/v1/media/files/{id}");
        let is_shown = async || app.get(&url).send().await.status == 200;
        assert!(!is_shown().await, "nothing refers to it");
        let article = draft(app, &editor, &format!("![椅]({url}?width=960)")).await.expect(201);
        let html = article["body_html"].as_str().unwrap();
        assert!(html.contains(&format!("<img src=\"{url}?width=960\" alt=\"椅\" width=\"1200\" height=\"600\">")), "{html}");
        assert!(!is_shown().await, "a draft");
        let reviewer = app.staff(Role::Reviewer, "country").await;
        let staff = app.get(&format!("/api/v1/staff/media/files/{id}")).by(&reviewer).send().await;
        assert_eq!((staff.status.as_u16(), staff.header("cache-control")), (200, "no-store"));
        publish(app, &editor, &article).await;
        let picture = app.get(&url).send().await;
        assert_eq!(picture.status, 200);
        for (name, value) in [
            ("content-type", "image/jpeg"),
            ("cache-control", "public, max-age=86400, immutable"),
            ("cross-origin-resource-policy", "cross-origin"),
            ("content-disposition", &format!("attachment; filename=\"{id}.jpg\"")),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
        ] {
            assert_eq!(picture.header(name), value, "{name}");
        }
        let small = app.get(&format!("{url}?width=1")).send().await;
        assert_eq!(image::load_from_memory(&small.body).unwrap().width(), 320);
        assert_ne!(small.header("etag"), picture.header("etag"));
        let again = app.get(&url).header("if-none-match", picture.header("etag")).send().await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
        let other = app.get(&url).header("if-none-match", small.header("etag")).send().await;
        assert_eq!(other.status, 200);
        for query in ["?width=0x1", "?width=-1", "?width=", "?size=1"] {
            app.get(&format!("{url}{query}")).send().await.problem(422, "validation_failed");
        }
        unpublish(app, &editor, &article).await;
        app.get(&url).send().await.problem(404, "not_found");
        publish(app, &editor, &article).await;
        assert!(is_shown().await);
    }

    async fn update_article_lets_go_of_what_it_no_longer_shows(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let (old, new) = (app.article_picture(&editor, &jpeg(9, 9)).await, app.article_picture(&editor, &jpeg(9, 9)).await);
        let link = |id: &str| format!("[图](/api/v1/media/files/{id})");
        let article = draft(app, &editor, &link(&old)).await.expect(201);
        publish(app, &editor, &article).await;
        let path = format!("{ARTICLES}/{}", article["id"].as_str().unwrap());
        let edit = app.put(&path).by(&editor).header("if-match", "\"3\"").json(text_of(&link(&new)));
        edit.send().await.expect(200);
        // The public still reads the old text, and nothing of the new one.
        assert_eq!(app.get(&format!("/api/v1/media/files/{old}")).send().await.status, 200);
        app.get(&format!("/api/v1/media/files/{new}")).send().await.problem(404, "not_found");
        publish(app, &editor, &article).await;
        app.get(&format!("/api/v1/media/files/{old}")).send().await.problem(404, "not_found");
        assert_eq!(app.get(&format!("/api/v1/media/files/{new}")).send().await.status, 200);
        let held = "SELECT COUNT(*) FROM media_files WHERE holder_id IS NULL AND expires_at IS NOT NULL";
        assert_eq!(app.count(held).await, 1);
    }

    async fn create_article_with_a_file_that_cannot_be_used_is_refused(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let person = app.resident("xiaoming").await;
        let evidence = app.evidence(&person, "image/jpeg", &jpeg(9, 9)).await;
        let used = app.article_picture(&editor, &jpeg(9, 9)).await;
        draft(app, &editor, &format!("![x](/api/v1/media/files/{used})")).await.expect(201);
        for id in [evidence.as_str().unwrap(), &used, "00000000-0000-0000-0000-000000000000"] {
            let refused = draft(app, &editor, &format!("![x](/api/v1/media/files/{id})")).await;
            let problem = refused.problem(422, "media_unavailable");
            assert_eq!(problem["errors"][0]["path"], "body_markdown");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM articles").await, 1);
    }

    async fn get_media_sends_a_document_as_it_came(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let mut content = pdf("/OpenAction [3 0 R /Fit]");
        content.splice(9..9, "% 填充\n".repeat(200_000).into_bytes());
        let ticket = app.ticket("staff/media", &editor, ("article_document", "application/pdf"), &content).await;
        let file = app.put_file(&editor, &ticket.expect(201), &content).await.expect(200);
        let url = format!("/api/v1/media/files/{}", file["id"].as_str().unwrap());
        let article = draft(app, &editor, &format!("[附件]({url})")).await.expect(201);
        publish(app, &editor, &article).await;
        let reply = app.get(&format!("{url}?width=320")).send().await;
        assert_eq!(reply.header("content-type"), "application/pdf");
        assert!(reply.body == content && content.len() > 1_500_000);
        // HEAD has everything but the body.
        let head = app.request(reqwest::Method::HEAD, &url).try_send().await.unwrap();
        assert_eq!(head.header("content-length"), content.len().to_string());
        assert!(head.body.is_empty());
    }
}
