//! Outreach stops.

mod call_off;
mod near;
mod plan;
mod slots;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Lab, TestApp, TestResponse};
use uuid::Uuid;

const STOPS: &str = "/api/v1/stops";
const STAFF_STOPS: &str = "/api/v1/staff/stops";

/// A stop of a lab from 10:00 to 16:00 in China, `days` after the first day of the tests.
fn stop_body(lab: &Lab, name: &str, days: i64) -> Value {
    let day = "2026-11-20T02:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let starts_at = day + TimeDelta::days(days);
    json!({
        "lab_id": lab.id, "kind": "community", "name": name, "region_code": "110101",
        "address": "东城区示范社区 1 号", "starts_at": starts_at,
        "ends_at": starts_at + TimeDelta::hours(6), "note": "请带样品。",
    })
}

async fn create(app: &TestApp, lab: &Lab, body: Value) -> TestResponse {
    app.post(STAFF_STOPS).by(&lab.staff).json(body).send().await
}

async fn stop(app: &TestApp, lab: &Lab, name: &str, days: i64) -> Uuid {
    id(&create(app, lab, stop_body(lab, name, days)).await.expect(201))
}

async fn update(app: &TestApp, lab: &Lab, id: Uuid, version: &str, body: Value) -> TestResponse {
    let put = app.put(&format!("{STAFF_STOPS}/{id}")).by(&lab.staff).header("if-match", version);
    put.json(body).send().await
}

/// What an edit says: everything but whose the stop is.
fn edit(body: &Value) -> Value {
    let mut edit = body.clone();
    edit.as_object_mut().unwrap().remove("lab_id");
    edit
}

async fn end(app: &TestApp, lab: &Lab, stop: Uuid, step: &str) -> TestResponse {
    let body = match step {
        "cancellation" => json!({ "reason_code": "site_closed", "reason": "社区场地停用" }),
        _ => json!({}),
    };
    app.post(&format!("{STAFF_STOPS}/{stop}/{step}")).by(&lab.staff).json(body).send().await
}

/// A slot of a lab at a stop, from and until hours from now.
async fn slot_at(app: &TestApp, lab: &Lab, stop: Uuid, from: i64, until: i64) -> TestResponse {
    let at = |hours| app.now() + TimeDelta::hours(hours);
    let slot = json!({
        "service_id": lab.service_id, "capacity": 3, "starts_at": at(from), "ends_at": at(until),
        "stop_id": stop,
    });
    app.post("/api/v1/staff/slots").by(&lab.staff).json(slot).send().await
}

fn id(view: &Value) -> Uuid {
    view["id"].as_str().unwrap().parse().unwrap()
}

fn names(stops: &[Value]) -> Vec<&str> {
    stops.iter().map(|stop| stop["name"].as_str().unwrap()).collect()
}
