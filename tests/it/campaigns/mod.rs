//! Campaigns: what staff arrange, and what the public sees of it.

mod edit;
mod show;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Lab, Person, TestApp, TestResponse};
use uuid::Uuid;

const STAFF: &str = "/api/v1/staff/campaigns";
const PUBLIC: &str = "/api/v1/campaigns";

/// A campaign of the whole country that runs on the first day of the tests.
pub fn campaign_body(title: &str) -> Value {
    json!({
        "kind": "quality_month", "year": 2026, "title": title, "theme": "质量强国，你我同行",
        "slogans": ["质量第一", "人人参与"], "starts_on": "2026-11-01", "ends_on": "2026-11-30",
    })
}

pub async fn create(app: &TestApp, editor: &Person, body: Value) -> Value {
    app.post(STAFF).by(editor).json(body).send().await.expect(201)
}

pub async fn turn(app: &TestApp, editor: &Person, id: &Value, to: &str) -> TestResponse {
    let path = format!("{STAFF}/{}/{to}", id.as_str().unwrap());
    app.post(&path).by(editor).send().await
}

/// A campaign that the public sees.
pub async fn published(app: &TestApp, editor: &Person, body: Value) -> Value {
    let id = create(app, editor, body).await["id"].clone();
    turn(app, editor, &id, "publication").await.expect(200)
}

/// A stop of a lab on the second day of the tests.
pub async fn stop(app: &TestApp, lab: &Lab, name: &str, region_code: &str) -> Uuid {
    let starts_at = app.now() + TimeDelta::days(1);
    let stop = json!({
        "lab_id": lab.id, "kind": "community", "name": name, "region_code": region_code,
        "address": "示范社区 1 号", "starts_at": starts_at, "ends_at": starts_at + TimeDelta::hours(6),
    });
    let reply = app.post("/api/v1/staff/stops").by(&lab.staff).json(stop).send().await;
    reply.expect(201)["id"].as_str().unwrap().parse().unwrap()
}

pub async fn cancel_stop(app: &TestApp, lab: &Lab, stop: Uuid) {
    let path = format!("/api/v1/staff/stops/{stop}/cancellation");
    let why = json!({ "reason_code": "site_closed", "reason": "场地停用" });
    app.post(&path).by(&lab.staff).json(why).send().await.expect(200);
    app.drain_jobs().await;
}

pub async fn close_quiz(app: &TestApp, editor: &Person, quiz: Uuid) {
    let path = format!("/api/v1/staff/quizzes/{quiz}/closure");
    app.post(&path).by(editor).send().await.expect(200);
}

async fn shown(app: &TestApp, id: &Value) -> Value {
    app.get(&format!("{PUBLIC}/{}", id.as_str().unwrap())).send().await.expect(200)
}

fn titles(items: &Value) -> Vec<&str> {
    items.as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect()
}
