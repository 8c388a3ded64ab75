//! What residents write: WeChat's look, and a person's.

mod check;
mod queue;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Config, Person, Role, TestApp, TestResponse, complaint_body, with};

const QUEUE: &str = "/api/v1/staff/text-reviews";
const FACTS: &str = "商家拒绝退货，卡扣在第二天断裂。";

/// WeChat is asked, and nothing is drawn for a second look.
fn asking(config: &mut Config) {
    config.text_review.ask_wechat = true;
    config.text_review.sample_per_mille = 0;
}

async fn filed(app: &TestApp, person: &Person, facts: &str) -> String {
    let body = with(&complaint_body(), "facts", json!(facts));
    let post = app.post("/api/v1/complaints").by(person).json(body).send().await;
    post.expect(201)["id"].as_str().unwrap().to_owned()
}

/// Status and reason of the only review.
async fn state(app: &TestApp) -> (String, Option<String>) {
    let status = app.text("SELECT status FROM text_reviews").await.unwrap();
    (status, app.text("SELECT reason FROM text_reviews").await)
}

fn is(status: &str, reason: &str) -> (String, Option<String>) {
    (status.to_owned(), (!reason.is_empty()).then(|| reason.to_owned()))
}

async fn reviewer(app: &TestApp) -> Person {
    app.staff(Role::Reviewer, "country").await
}

async fn queue(app: &TestApp, who: &Person) -> Vec<Value> {
    let page = app.get(QUEUE).by(who).send().await.expect(200);
    page["items"].as_array().unwrap().clone()
}

async fn claim(app: &TestApp, who: &Person, id: &str) -> TestResponse {
    app.post(&format!("{QUEUE}/{id}/claim")).by(who).send().await
}

async fn decide(app: &TestApp, who: &Person, id: &str, body: Value) -> TestResponse {
    app.post(&format!("{QUEUE}/{id}/decision")).by(who).json(body).send().await
}

fn pass() -> Value {
    json!({ "outcome": "passed" })
}

/// The id of the review that waits longest.
async fn first(app: &TestApp, who: &Person) -> String {
    queue(app, who).await[0]["id"].as_str().unwrap().to_owned()
}

/// What a handler is told about the facts and their author.
async fn checks(app: &TestApp, complaint: &str) -> Value {
    let handler = app.staff(Role::CaseHandler, "country").await;
    let path = format!("/api/v1/staff/complaints/{complaint}");
    app.get(&path).by(&handler).send().await.expect(200)["checks"].clone()
}

/// Past any back-off, and short of what the author's two hours and the overdue check allow.
async fn a_little_later(app: &TestApp) {
    app.advance(TimeDelta::seconds(330));
    app.drain_jobs().await;
}
