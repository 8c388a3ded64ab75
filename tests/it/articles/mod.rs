//! Texts that editors publish and residents read.

mod cover;
mod edit;
mod read;

use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestRequest, TestResponse};

const STAFF: &str = "/api/v1/staff/articles";

fn article_body(title: &str) -> Value {
    json!({ "title": title, "body_markdown": "# 正文\n\n**重点**", "category": "knowledge" })
}

/// An editor at a draft.
struct Desk<'a> {
    app: &'a TestApp,
    editor: Person,
    id: String,
}

impl<'a> Desk<'a> {
    async fn with_draft(app: &'a TestApp, body: Value) -> Self {
        let editor = app.staff(Role::Editor, "country").await;
        let draft = app.post(STAFF).by(&editor).json(body).send().await.expect(201);
        Self { app, editor, id: draft["id"].as_str().unwrap().to_owned() }
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

    /// Whether the public list shows the article.
    async fn is_listed(&self) -> bool {
        let list = self.app.walk("/api/v1/articles", None, 100).await;
        list.iter().any(|item| item["id"] == self.id)
    }

    async fn publish(&self) -> TestResponse {
        self.post("publication").await
    }

    async fn withdraw(&self) -> TestResponse {
        self.post("withdrawal").await
    }

    async fn post(&self, action: &str) -> TestResponse {
        let path = format!("{}/{action}", self.staff_path());
        self.app.post(&path).by(&self.editor).send().await
    }

    /// A PUT to the article that starts from `version`.
    fn put(&self, rest: &str, version: impl std::fmt::Display) -> TestRequest {
        let path = format!("{}{rest}", self.staff_path());
        self.app.put(&path).by(&self.editor).header("if-match", &format!("\"{version}\""))
    }
}
