//! Finding what editors published.

mod articles;
mod find;
mod limits;
mod many;
mod notices;
mod same;
mod suggest;
mod words;

use chrono::TimeDelta;
use entity::search_document::DocumentKind;
use sanjin::features::search::{Document, service};
use sanjin::platform::db::AuditActor;
use serde_json::Value;
use tests::TestApp;
use uuid::Uuid;

const SEARCH: &str = "/api/v1/search";
const STAFF: &str = "/api/v1/staff/search";

/// A document of the whole country for everybody, `number` minutes old or young.
fn document(number: u32, title: &str, tags: &[&str], body: &str) -> Document {
    let start = "2026-11-01T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    Document {
        kind: DocumentKind::Article,
        id: Uuid::from_u128(u128::from(number) + 1),
        title: title.to_owned(),
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        body: body.to_owned(),
        category: Some("knowledge".to_owned()),
        product_class: None,
        region_code: None,
        audiences: Vec::new(),
        published_at: start + TimeDelta::minutes(i64::from(number)),
    }
}

async fn put(app: &TestApp, documents: impl IntoIterator<Item = Document>) {
    let tx = app.app.begin(AuditActor::System).await.unwrap();
    for document in documents {
        service::put(&tx, document).await.unwrap();
    }
    tx.commit().await.unwrap();
    service::forget(&app.app);
}

/// The path of a search, with more of a query string.
fn path(query: &str, more: &str) -> String {
    format!("{SEARCH}?q={}{more}", encoded(query))
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn page(app: &TestApp, query: &str, more: &str) -> Value {
    app.get(&path(query, more)).send().await.expect(200)
}

/// The titles of a first page.
async fn titles(app: &TestApp, query: &str, more: &str) -> Vec<String> {
    strings(&page(app, query, more).await["items"], "title")
}

fn strings(items: &Value, field: &str) -> Vec<String> {
    let items = items.as_array().unwrap().iter();
    items.map(|item| item[field].as_str().unwrap().to_owned()).collect()
}
