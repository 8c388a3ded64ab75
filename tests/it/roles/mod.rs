//! Roles as data: what they are made of, who gets them, and what keeps the administrators apart.

mod edit;
mod grant;

use serde_json::{Value, json};
use tests::{Person, TestApp, TestResponse};

const ROLES: &str = "/api/v1/staff/roles";

fn role_body(code: &str) -> Value {
    json!({
        "code": code, "name": "市级投诉查看", "duty": "business", "reach": "region",
        "permissions": ["complaint.read"],
    })
}

async fn give(app: &TestApp, by: &Person, to: &Person, role: &str, scope: &str) -> TestResponse {
    let path = format!("/api/v1/staff/members/{}/grants", to.id);
    app.post(&path).by(by).json(json!({ "role": role, "scope": scope })).send().await
}

async fn take(app: &TestApp, by: &Person, from: &Person, grant: &Value) -> TestResponse {
    let path = format!("/api/v1/staff/members/{}/grants/{}", from.id, grant.as_str().unwrap());
    app.delete(&path).by(by).send().await
}

/// The grants of a member, as the API shows them.
async fn grants_of(app: &TestApp, by: &Person, whose: &Person) -> Vec<Value> {
    let path = format!("/api/v1/staff/members/{}/grants", whose.id);
    let list = app.get(&path).by(by).send().await.expect(200);
    list.as_array().unwrap().clone()
}
