//! Classes and their pseudonymous seats.

mod close;
mod join;
mod teach;

use serde_json::Value;
use tests::{TestApp, TestResponse};

/// Sits down with whatever is sent.
async fn sit(app: &TestApp, body: Value) -> TestResponse {
    app.post("/api/v1/auth/class-seat").json(body).send().await
}
