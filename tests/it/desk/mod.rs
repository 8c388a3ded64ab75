//! The desk of a lab: who is expected, who came without network, what is looked back on.

mod export;
mod feed;
mod level;
mod no_show;
mod offline;
mod reminder;
mod statistics;
mod visits;

use chrono::TimeDelta;
use entity::booking;
use entity::login_session::SessionAudience;
use sanjin::platform::auth::start_session;
use sanjin::platform::crypto::column;
use sanjin::platform::db::AuditActor;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};
use tests::{Lab, Person, Role, TestApp, TestResponse};
use uuid::Uuid;

const SYNCS: &str = "/api/v1/staff/check-in-syncs";

/// The lab's staff, logged in for now.
async fn desk(app: &TestApp, lab: &Lab) -> Person {
    app.staff(Role::LabStaff, &format!("lab:{}", lab.id)).await
}

/// The same member of staff with a fresh token, after time went by.
async fn again(app: &TestApp, who: &Person) -> Person {
    let tx = app.app.begin(AuditActor::Staff(who.id)).await.unwrap();
    let session = start_session(&app.app, &tx, SessionAudience::Staff, who.id, 0).await.unwrap();
    tx.commit().await.unwrap();
    Person { token: session.access_token, refresh_token: session.refresh_token, ..who.clone() }
}

async fn confirm(app: &TestApp, who: &Person, booking: Uuid) {
    let path = format!("/api/v1/staff/bookings/{booking}/confirmation");
    app.post(&path).by(who).send().await.expect(200);
}

/// A confirmed booking of somebody.
async fn confirmed(app: &TestApp, lab: &Lab, name: &str, slot: Uuid) -> Uuid {
    let booking = app.booking(&app.resident(name).await, slot).await;
    confirm(app, &lab.staff, booking).await;
    booking
}

async fn code(app: &TestApp, person: &Person, booking: Uuid) -> Value {
    let path = format!("/api/v1/bookings/{booking}/check-in-code");
    app.get(&path).by(person).send().await.expect(200)
}

async fn status(app: &TestApp, booking: Uuid) -> String {
    let id = app.literal(booking);
    app.text(&format!("SELECT status FROM bookings WHERE id = {id}")).await.unwrap()
}

/// What stands on the visitor's paper; something for a booking that is none.
async fn pin(app: &TestApp, booking: Uuid) -> String {
    let row = booking::Entity::find_by_id(booking).one(&app.app.db).await.unwrap();
    let Some(sealed) = row.and_then(|row| row.pin_cipher) else { return "000000".to_owned() };
    app.app.cipher.open_text(column::BOOKING_PIN.purpose, &sealed).unwrap()
}

/// A scan of a booking whose PIN was right, some minutes ago.
async fn scan(app: &TestApp, booking: Uuid, minutes_ago: i64) -> Value {
    json!({
        "scan_id": app.app.ids.id(), "booking_id": booking, "pin": pin(app, booking).await,
        "scanned_at": app.now() - TimeDelta::minutes(minutes_ago),
    })
}

async fn sync(app: &TestApp, lab: &Lab, who: &Person, scans: &[Value]) -> TestResponse {
    let body = json!({ "lab_id": lab.id, "device": "一号机", "scans": scans });
    app.post(SYNCS).by(who).json(body).send().await
}

/// The outcome of each scan.
async fn outcomes(app: &TestApp, lab: &Lab, who: &Person, scans: &[Value]) -> Vec<String> {
    let reply = sync(app, lab, who, scans).await.expect(200);
    let outcome = |report: &Value| report["outcome"].as_str().unwrap().to_owned();
    reply["outcomes"].as_array().unwrap().iter().map(outcome).collect()
}
