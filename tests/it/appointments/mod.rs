//! Slots of labs and the bookings in them.

mod alternatives;
mod book;
mod calendar;
mod check_in;
mod decide;
mod desk;
mod expire;
mod group;
mod hold;
mod moves;
mod oversee;
mod quota;
mod release;
mod slots;
mod storms;
mod table;
mod together;
mod waitlist;
mod walk;

use serde_json::{Value, json};
use tests::{Lab, Person, TestApp, TestResponse};
use uuid::Uuid;

async fn book(app: &TestApp, person: &Person, slot_id: Uuid) -> TestResponse {
    let body = json!({ "slot_id": slot_id, "product_name": "儿童安全座椅" });
    app.post("/api/v1/bookings").by(person).json(body).send().await
}

async fn cancel(app: &TestApp, person: &Person, booking: Uuid) -> TestResponse {
    let path = format!("/api/v1/bookings/{booking}/cancellation");
    app.post(&path).by(person).json(json!({})).send().await
}

async fn confirm(app: &TestApp, lab: &Lab, booking: Uuid) -> TestResponse {
    let path = format!("/api/v1/staff/bookings/{booking}/confirmation");
    app.post(&path).by(&lab.staff).send().await
}

async fn reject(app: &TestApp, lab: &Lab, booking: Uuid) -> TestResponse {
    let path = format!("/api/v1/staff/bookings/{booking}/rejection");
    app.post(&path).by(&lab.staff).json(json!({ "reason": "设备检修" })).send().await
}

async fn read(app: &TestApp, person: &Person, booking: Uuid) -> Value {
    let path = format!("/api/v1/bookings/{booking}");
    app.get(&path).by(person).send().await.expect(200)
}

/// (held, booked) of the only slot.
async fn counters(app: &TestApp) -> (i64, i64) {
    (app.count("SELECT held FROM slots").await, app.count("SELECT booked FROM slots").await)
}

/// A resident posts under `/bookings`, or anywhere else in the API.
async fn post(app: &TestApp, person: &Person, path: &str, body: Value) -> TestResponse {
    app.post(&format!("/api/v1{path}")).by(person).json(body).send().await
}

fn id(view: &Value) -> Uuid {
    view["id"].as_str().unwrap().parse().unwrap()
}

async fn hold(app: &TestApp, person: &Person, slot_id: Uuid) -> Uuid {
    id(&post(app, person, "/holds", json!({ "slot_id": slot_id })).await.expect(201))
}

/// (held, booked) of one of several slots.
async fn counters_of(app: &TestApp, slot: Uuid) -> (i64, i64) {
    let slot = app.literal(slot);
    let count =
        async |column| app.count(&format!("SELECT {column} FROM slots WHERE id = {slot}")).await;
    (count("held").await, count("booked").await)
}
