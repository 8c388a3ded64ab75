//! The audit trail: what is written, what the auditor sees, and that nothing can be done to it
//! unnoticed.

mod damage;
mod export;
mod guard;
mod retention;
mod search;
mod storm;

use chrono::TimeDelta;
use sanjin::platform::audit::{Damage, Link, Report, head, seal, verify};
use serde_json::{Value, json};
use tests::{Person, Role, TestApp};

const ENTRIES: &str = "/api/v1/staff/audit-entries";
const EXPORTS: &str = "/api/v1/staff/audit-exports";

async fn auditor(app: &TestApp) -> Person {
    app.staff(Role::Auditor, "country").await
}

async fn verified(app: &TestApp) -> Result<Report, Damage> {
    verify(&app.app, None).await.unwrap()
}

async fn sealed_head(app: &TestApp) -> Link {
    seal(&app.app).await.unwrap();
    head(&app.app.db).await.unwrap().unwrap()
}

/// An article that is drafted by a browser; each step a second after the one before.
async fn edits(app: &TestApp, editor: &Person, count: usize) -> String {
    let mut body = json!({ "title": "题", "body_markdown": "文", "category": "knowledge" });
    let browser = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64)");
    let post = app.post("/api/v1/staff/articles").by(editor).json(body.clone());
    let made = post.header(browser.0, browser.1).send().await;
    let id = made.expect(201)["id"].as_str().unwrap().to_owned();
    for n in 0..count {
        app.advance(TimeDelta::seconds(1));
        body["title"] = json!(format!("题 {n}"));
        let put = app.put(&format!("/api/v1/staff/articles/{id}")).by(editor).json(body.clone());
        let put = put.header("if-match", &format!("\"{n}\"")).header(browser.0, browser.1);
        put.send().await.expect(200);
    }
    id
}

async fn found(app: &TestApp, who: &Person, query: &str) -> Vec<Value> {
    app.walk(&format!("{ENTRIES}?{query}"), Some(who), 2).await
}
