//! Texts that editors publish and residents read.

mod conflict;
mod cover;
mod edit;
mod filter;
mod preview;
mod read;
mod schedule;
mod week;
mod workflow;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Config, Person, Role, TestApp, TestRequest, TestResponse};

const STAFF: &str = "/api/v1/staff/articles";

fn article_body(title: &str) -> Value {
    json!({ "title": title, "body_markdown": "# 正文\n\n**重点**", "category": "knowledge" })
}

/// Nobody has to log in again until the week is over.
fn all_week(config: &mut Config) {
    config.auth.access_token_secs = 86_400 * 7;
    config.auth.staff_idle_secs = 86_400 * 7;
    config.auth.staff_session_secs = 86_400 * 7;
}

/// A draft and the three people that it takes to publish it.
struct Desk<'a> {
    app: &'a TestApp,
    editor: Person,
    reviewer: Person,
    publisher: Person,
    id: String,
}

impl<'a> Desk<'a> {
    async fn with_draft(app: &'a TestApp, body: Value) -> Self {
        let editor = app.staff(Role::Editor, "country").await;
        let reviewer = app.staff(Role::Reviewer, "country").await;
        let publisher = app.staff(Role::Editor, "country").await;
        let draft = app.post(STAFF).by(&editor).json(body).send().await.expect(201);
        Self { app, editor, reviewer, publisher, id: draft["id"].as_str().unwrap().to_owned() }
    }

    fn staff_path(&self) -> String {
        format!("{STAFF}/{}", self.id)
    }

    fn public_path(&self) -> String {
        format!("/api/v1/articles/{}", self.id)
    }

    async fn read(&self) -> TestResponse {
        self.app.get(&self.public_path()).send().await
    }

    /// As the editor sees it.
    async fn seen(&self) -> Value {
        self.app.get(&self.staff_path()).by(&self.editor).send().await.expect(200)
    }

    /// Whether the public list shows the article.
    async fn is_listed(&self) -> bool {
        let list = self.app.walk("/api/v1/articles", None, 100).await;
        list.iter().any(|item| item["id"] == self.id)
    }

    /// Somebody acts on the version there is.
    async fn act(&self, who: &Person, method: Method, noun: &str, body: Value) -> TestResponse {
        let version = self.seen().await["version"].clone();
        let path = format!("{}/{noun}", self.staff_path());
        let request = self.app.request(method, &path).by(who);
        request.header("if-match", &format!("\"{version}\"")).json(body).send().await
    }

    async fn post(&self, who: &Person, noun: &str, body: Value) -> TestResponse {
        self.act(who, Method::POST, noun, body).await
    }

    async fn edit(&self, body: Value) -> TestResponse {
        let version = self.seen().await["version"].clone();
        self.put("", version).json(body).send().await
    }

    async fn submit(&self) -> TestResponse {
        self.post(&self.editor, "submission", json!({})).await
    }

    async fn approve(&self) -> TestResponse {
        self.post(&self.reviewer, "approval", json!({})).await
    }

    /// From the draft to the public.
    async fn publish(&self) -> TestResponse {
        self.publish_noting(json!({})).await
    }

    /// From a draft beside it to a correction of what is public.
    async fn correct(&self, note: &str) -> TestResponse {
        self.publish_noting(json!({ "note": note })).await
    }

    async fn publish_noting(&self, body: Value) -> TestResponse {
        self.submit().await.expect(200);
        self.approve().await.expect(200);
        self.post(&self.publisher, "publication", body).await
    }

    async fn unpublish(&self) -> TestResponse {
        let path = format!("{}/publication", self.staff_path());
        self.app.delete(&path).by(&self.publisher).send().await
    }

    async fn withdraw(&self) -> TestResponse {
        let path = format!("{}/withdrawal", self.staff_path());
        let body = json!({ "notice": "数据有误" });
        self.app.post(&path).by(&self.publisher).json(body).send().await
    }

    /// A PUT to the article that starts from `version`.
    fn put(&self, rest: &str, version: impl std::fmt::Display) -> TestRequest {
        let path = format!("{}{rest}", self.staff_path());
        self.app.put(&path).by(&self.editor).header("if-match", &format!("\"{version}\""))
    }
}
