//! Consumer complaints: what a complainant does, and what a handler does.

mod handle;
mod submit;

use serde_json::Value;
use tests::{Person, Role, TestApp, TestResponse, complaint_body, with};

const OWN: &str = "/api/v1/complaints";
const STAFF: &str = "/api/v1/staff/complaints";

async fn submit(app: &TestApp, person: &Person, body: Value) -> TestResponse {
    app.post(OWN).by(person).json(body).send().await
}

/// Files the usual complaint and returns its id.
async fn filed(app: &TestApp, person: &Person) -> String {
    let complaint = submit(app, person, complaint_body()).await.expect(201);
    complaint["id"].as_str().unwrap().to_owned()
}

async fn filed_in(app: &TestApp, person: &Person, region: &str) -> String {
    let body = with(&complaint_body(), "respondent.region_code", region.into());
    submit(app, person, body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn handler(app: &TestApp, scope: &str) -> Person {
    app.staff(Role::CaseHandler, scope).await
}

async fn withdraw(app: &TestApp, person: &Person, id: &str) -> TestResponse {
    app.post(&format!("{OWN}/{id}/withdrawal")).by(person).send().await
}

async fn decide(app: &TestApp, who: &Person, id: &str, action: &str, body: Value) -> TestResponse {
    app.post(&format!("{STAFF}/{id}/{action}")).by(who).json(body).send().await
}
