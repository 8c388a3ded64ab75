//! Quizzes: what editors write, and what residents answer.

mod answer;
mod attempt;
mod edit;

use serde_json::{Value, json};
use tests::{Person, TestApp, TestResponse};
use uuid::Uuid;

/// A resident with an open attempt.
struct Sheet<'a> {
    app: &'a TestApp,
    person: Person,
    attempt: Value,
}

async fn start(app: &TestApp, person: &Person, quiz_id: Uuid) -> TestResponse {
    app.post(&format!("/api/v1/quizzes/{quiz_id}/attempts")).by(person).send().await
}

impl<'a> Sheet<'a> {
    async fn start(app: &'a TestApp, name: &str, quiz_id: Uuid) -> Self {
        let person = app.resident(name).await;
        let attempt = start(app, &person, quiz_id).await.expect(201);
        Self { app, person, attempt }
    }

    fn path(&self) -> String {
        format!("/api/v1/attempts/{}", self.attempt["id"].as_str().unwrap())
    }

    fn item(&self, stem: &str) -> &Value {
        let items = self.attempt["items"].as_array().unwrap();
        items.iter().find(|item| item["stem"] == stem).unwrap()
    }

    /// Ids of the options with these texts.
    fn options(&self, stem: &str, texts: &[&str]) -> Vec<Value> {
        let options = self.item(stem)["options"].as_array().unwrap();
        let id_of = |text: &&str| {
            options.iter().find(|option| option["text"] == **text).unwrap()["id"].clone()
        };
        texts.iter().map(id_of).collect()
    }

    async fn put(&self, item_id: &str, body: Value) -> TestResponse {
        let path = format!("{}/answers/{item_id}", self.path());
        self.app.put(&path).by(&self.person).json(body).send().await
    }

    async fn answer(&self, stem: &str, texts: &[&str], seq: i32) -> TestResponse {
        let body = json!({ "choices": self.options(stem, texts), "seq": seq });
        self.put(self.item(stem)["id"].as_str().unwrap(), body).await
    }

    async fn read(&self) -> TestResponse {
        self.app.get(&self.path()).by(&self.person).send().await
    }

    async fn submit(&self) -> TestResponse {
        self.app.post(&format!("{}/submission", self.path())).by(&self.person).send().await
    }
}
