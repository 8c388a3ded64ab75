//! Files that people upload.

mod articles;
mod evidence;
mod expire;
mod storms;
mod upload;

use tests::{Person, TestApp, TestResponse};

const JPEG: (&str, &str) = ("complaint_evidence", "image/jpeg");

/// Uploads evidence as `kind` and returns what the service says to it.
async fn sent(app: &TestApp, who: &Person, kind: &str, content: &[u8]) -> TestResponse {
    let ticket = app.ticket("media", who, ("complaint_evidence", kind), content).await;
    app.put_file(who, &ticket.expect(201), content).await
}

async fn states(app: &TestApp, state: &str) -> i64 {
    app.count(&format!("SELECT COUNT(*) FROM media_files WHERE state = '{state}'")).await
}
