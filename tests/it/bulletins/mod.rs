//! Warnings, recalls and spot checks: written, published, corrected, withdrawn, imported, read and told.

mod edit;
mod feed;
mod import;
mod sheets;
mod storms;
mod tell;

use serde_json::{Value, json};
use tests::{Person, TestApp, TestResponse};

/// A public act on what somebody saw.
async fn act(
    app: &TestApp,
    who: &Person,
    (id, version): (&str, i64),
    act: &str,
    body: Value,
) -> TestResponse {
    let post = app.post(&format!("/api/v1/staff/bulletins/{id}/{act}")).by(who);
    post.header("if-match", &format!("\"{version}\"")).json(body).send().await
}

fn id(view: &Value) -> &str {
    view["id"].as_str().unwrap()
}

fn version(view: &Value) -> i64 {
    view["version"].as_i64().unwrap()
}

async fn seen(app: &TestApp, bulletin: &Value) -> TestResponse {
    app.get(&format!("/api/v1/bulletins/{}", id(bulletin))).send().await
}

fn note(text: &str) -> Value {
    json!({ "note": text })
}
