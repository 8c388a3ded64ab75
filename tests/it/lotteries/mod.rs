//! Places that are drawn by lot, and drawn again here by somebody who only reads what is public.

mod draw;
mod offer;
mod storms;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::{Lab, Person, TestApp, TestResponse};
use uuid::Uuid;

fn id(view: &Value) -> Uuid {
    view["id"].as_str().unwrap().parse().unwrap()
}

async fn post(app: &TestApp, who: &Person, path: &str, body: Value) -> TestResponse {
    app.post(&format!("/api/v1{path}")).by(who).json(body).send().await
}

fn lottery_body(app: &TestApp, slots: &[Uuid]) -> Value {
    json!({
        "title": "儿童用品免费检测日", "slot_ids": slots,
        "closes_at": app.now() + TimeDelta::minutes(10),
    })
}

/// A lottery that closes in ten minutes.
async fn lottery(app: &TestApp, lab: &Lab, slots: &[Uuid]) -> Uuid {
    id(&post(app, &lab.staff, "/staff/lotteries", lottery_body(app, slots)).await.expect(201))
}

async fn enter(app: &TestApp, person: &Person, lottery: Uuid, slot: Uuid) -> TestResponse {
    let body = json!({ "lottery_id": lottery, "slot_id": slot, "product_name": "儿童安全座椅" });
    post(app, person, "/lottery-entries", body).await
}

async fn seen(app: &TestApp, lottery: Uuid) -> Value {
    app.get(&format!("/api/v1/lotteries/{lottery}")).send().await.expect(200)
}

/// Advances to the draw and lets it happen.
async fn draw(app: &TestApp, lottery: Uuid) -> Value {
    let closes_at: DateTime<Utc> =
        seen(app, lottery).await["closes_at"].as_str().unwrap().parse().unwrap();
    app.advance(closes_at - app.now());
    app.drain_jobs().await;
    seen(app, lottery).await
}

async fn entries(app: &TestApp, lottery: Uuid) -> Vec<Value> {
    app.walk(&format!("/api/v1/lotteries/{lottery}/entries"), None, 30).await
}

/// Draws again as `docs/LOTTERY.md` says, from what is public alone, and compares. Returns the entries
/// in their order.
async fn verify(app: &TestApp, lottery: Uuid) -> Vec<Value> {
    let shown = seen(app, lottery).await;
    let text = |field: &str| shown[field].as_str().unwrap().to_owned();
    let seed = hex::decode(text("seed")).unwrap();
    assert_eq!(seed.len(), 32);
    assert_eq!(hex::encode(Sha256::digest(&seed)), text("commitment"));
    let mut all = entries(app, lottery).await;
    let bytes = |entry: &Value, field: &str| {
        let id: Uuid = entry[field].as_str().unwrap().parse().unwrap();
        id.as_bytes().to_vec()
    };
    let digest = |entries: &[Value]| {
        let rows = entries.iter().flat_map(|e| [bytes(e, "id"), bytes(e, "slot_id")].concat());
        hex::encode(Sha256::digest(rows.collect::<Vec<u8>>()))
    };
    all.sort_by_key(|entry| bytes(entry, "id"));
    assert_eq!(digest(&all), text("entries_digest"));
    all.sort_by_key(|entry| Sha256::digest([seed.clone(), bytes(entry, "id")].concat()).to_vec());
    assert_eq!(digest(&all), text("order_digest"));
    let ranks: Vec<u64> = all.iter().map(|entry| entry["rank"].as_u64().unwrap()).collect();
    assert_eq!(ranks, (1..=all.len() as u64).collect::<Vec<_>>());
    assert_eq!(shown["entries"], all.len());
    all
}

/// One's own entry in the only lottery.
async fn own(app: &TestApp, person: &Person) -> Value {
    app.walk("/api/v1/lottery-entries", Some(person), 5).await.remove(0)
}
