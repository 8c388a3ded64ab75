//! Articles and the people it takes to publish them.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::TestApp;
use crate::fixtures::{Person, Role, id};

impl TestApp {
    /// A published article.
    pub async fn article(&self, title: &str) -> Uuid {
        let editor = self.staff(Role::Editor, "country").await;
        let body = json!({ "title": title, "body_markdown": "# 正文", "category": "knowledge" });
        let post = self.post("/api/v1/staff/articles").bearer(&editor.token).json(body);
        let article_id = id(&post.send().await.expect(201)["id"]);
        self.publish_article(article_id, &editor).await;
        article_id
    }

    /// Takes the latest text of an article to the public: handed in by `author`, approved and published
    /// by two others. Returns what the publisher sees.
    pub async fn publish_article(&self, article_id: Uuid, author: &Person) -> Value {
        let path = format!("/api/v1/staff/articles/{article_id}");
        let is_public =
            self.get(&path).by(author).send().await.expect(200)["status"] == "published";
        let note = if is_public { json!({ "note": "更正" }) } else { json!({}) };
        let others = [
            self.staff(Role::Reviewer, "country").await,
            self.staff(Role::Editor, "country").await,
        ];
        let mut seen = Value::Null;
        for (who, act, body) in [
            (author, "submission", json!({})),
            (&others[0], "approval", json!({})),
            (&others[1], "publication", note),
        ] {
            let version = self.get(&path).by(who).send().await.header("etag").to_owned();
            let post = self.post(&format!("{path}/{act}")).by(who).header("if-match", &version);
            seen = post.json(body).send().await.expect(200);
        }
        seen
    }
}
