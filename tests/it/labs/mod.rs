//! Testing institutions: what they say of themselves, what they may test, and who finds them.

mod accreditation;
mod bookings;
mod directory;
mod near;
mod parcel;
mod profile;
mod services;

use serde_json::{Value, json};
use tests::{Person, TestApp, TestResponse};
use uuid::Uuid;

const LABS: &str = "/api/v1/labs";
const STAFF_LABS: &str = "/api/v1/staff/labs";
const PROFILES: &str = "/api/v1/staff/lab-profiles";

fn lab_body(name: &str, region: &str) -> Value {
    json!({ "name": name, "region_code": region, "address": "示范路 1 号", "phone": "010-6262 0000" })
}

async fn create(app: &TestApp, admin: &Person, body: Value) -> TestResponse {
    app.post(STAFF_LABS).by(admin).json(body).send().await
}

fn id(view: &Value) -> Uuid {
    view["id"].as_str().unwrap().parse().unwrap()
}

/// What a lab looks like to its staff.
async fn profile(app: &TestApp, staff: &Person, lab: Uuid) -> Value {
    app.get(&format!("{PROFILES}/{lab}")).by(staff).send().await.expect(200)
}

/// Writes below a lab's profile as somebody who read `version`.
async fn put(
    app: &TestApp,
    staff: &Person,
    path: &str,
    version: &Value,
    body: Value,
) -> TestResponse {
    let request = app.put(&format!("{PROFILES}/{path}")).by(staff).json(body);
    request.header("if-match", &format!("\"{version}\"")).send().await
}

fn names(labs: &[Value]) -> Vec<&str> {
    labs.iter().map(|lab| lab["name"].as_str().unwrap()).collect()
}
