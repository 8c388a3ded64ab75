//! Plans, the slots that follow from them, and what a change does to bookings.

mod change;
mod edit;
mod generate;
mod resume;

use serde_json::{Value, json};
use tests::{Lab, Person, TestApp, TestResponse, plan_rule, with};
use uuid::Uuid;

const PLANS: &str = "/api/v1/staff/plans";

fn id(view: &Value) -> Uuid {
    view["id"].as_str().unwrap().parse().unwrap()
}

async fn post_plan(app: &TestApp, by: &Person, lab: &Lab, rule: Value) -> TestResponse {
    let body = json!({ "service_id": lab.service_id, "title": "周计划", "rule": rule });
    app.post(PLANS).by(by).json(body).send().await
}

/// A plan with its slots.
async fn plan(app: &TestApp, lab: &Lab, rule: Value) -> Uuid {
    let view = post_plan(app, &lab.staff, lab, rule).await.expect(201);
    app.drain_jobs().await;
    id(&view)
}

fn changed_to(rule: Value, on_stranded: &str) -> Value {
    json!({
        "title": "周计划", "status": "active", "rule": rule, "on_stranded": on_stranded,
        "reason": "实验室周二停电",
    })
}

async fn put(app: &TestApp, by: &Person, plan: Uuid, version: i32, body: Value) -> TestResponse {
    let put =
        app.put(&format!("{PLANS}/{plan}")).by(by).header("if-match", &format!("\"{version}\""));
    put.json(body).send().await
}

async fn read(app: &TestApp, by: &Person, plan: Uuid) -> Value {
    app.get(&format!("{PLANS}/{plan}")).by(by).send().await.expect(200)
}

/// Open slots as the public sees them, next first.
async fn slots(app: &TestApp) -> Vec<Value> {
    app.walk("/api/v1/slots", None, 100).await
}

/// The open slot that begins at a time of UTC.
async fn slot_at(app: &TestApp, starts_at: &str) -> Uuid {
    let all = slots(app).await;
    id(all.iter().find(|slot| slot["starts_at"] == starts_at).unwrap())
}

async fn confirm(app: &TestApp, by: &Person, booking: Uuid) {
    let path = format!("/api/v1/staff/bookings/{booking}/confirmation");
    app.post(&path).by(by).send().await.expect(200);
}

fn thursdays() -> Value {
    with(&plan_rule(), "rrule", json!("FREQ=WEEKLY;BYDAY=TH"))
}
