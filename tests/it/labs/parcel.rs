//! 你送我检: the parcel number of a sample.

use serde_json::{Value, json};
use tests::{Lab, Person, Role, TestApp, TestResponse, backends};
use uuid::Uuid;

use super::{STAFF_LABS, id};

async fn courier_lab(app: &TestApp) -> Lab {
    let lab = app.lab("甲实验室").await;
    let admin = app.staff(Role::HqAdmin, "country").await;
    let path = format!("{STAFF_LABS}/{}/services", lab.id);
    let body = json!({ "kind": "courier_sample", "name": "你送我检" });
    let seen = app.post(&path).by(&admin).json(body).send().await.expect(201);
    let services = seen["services"].as_array().unwrap();
    let courier = services.iter().find(|one| one["kind"] == "courier_sample").map(id);
    Lab { service_id: courier.unwrap(), ..lab }
}

async fn set(app: &TestApp, person: &Person, booking: Uuid, number: Value) -> TestResponse {
    let path = format!("/api/v1/bookings/{booking}/parcel-number");
    app.put(&path).by(person).json(json!({ "parcel_number": number })).send().await
}

backends! {
    async fn set_parcel_number_shows_it_to_the_lab(app) {
        let lab = courier_lab(app).await;
        let slot = app.slot(&lab, 48, 2).await;
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, slot).await;
        let seen = set(app, &person, booking, json!(" sf1234567890123 ")).await.expect(200);
        assert_eq!([&seen["parcel_number"], &seen["version"]], [&json!("SF1234567890123"), &json!(1)]);
        let confirmation = format!("/api/v1/staff/bookings/{booking}/confirmation");
        app.post(&confirmation).by(&lab.staff).send().await.expect(200);
        set(app, &person, booking, json!("EA123456789CN")).await.expect(200);
        let admin = app.staff(Role::HqAdmin, "country").await;
        let path = format!("/api/v1/staff/bookings/{booking}");
        let look = async |who: &Person| app.get(&path).by(who).send().await.expect(200)["parcel_number"].clone();
        assert_eq!(look(&lab.staff).await, "EA123456789CN");
        // Headquarters see the booking and not the parcel.
        assert_eq!(look(&admin).await, json!(null));
        let other = app.lab("乙实验室").await;
        app.get(&path).by(&other.staff).send().await.problem(404, "not_found");
    }

    async fn set_parcel_number_where_none_belongs_is_refused(app) {
        let lab = courier_lab(app).await;
        let plain = app.lab("乙实验室").await;
        let person = app.resident("xiaoming").await;
        let visit = app.booking(&person, app.slot(&plain, 48, 2).await).await;
        set(app, &person, visit, json!("SF1234567890123")).await.problem(409, "parcel_not_expected");
        let slot = app.slot(&lab, 50, 2).await;
        let booking = app.booking(&person, slot).await;
        let thief = app.resident("dahei").await;
        for (who, id) in [(&thief, booking), (&person, Uuid::nil())] {
            set(app, who, id, json!("SF1234567890123")).await.problem(404, "not_found");
        }
        let path = format!("/api/v1/bookings/{booking}/parcel-number");
        app.refuses_each(|| app.put(&path).by(&person), &json!({ "parcel_number": "SF1234567890123" }), [
            ("parcel_number", json!("SF12345")),
            ("parcel_number", json!("S".repeat(25))),
            ("parcel_number", json!("SF-123456789")),
            ("parcel_number", json!("顺丰1234567890")),
            ("parcel_number", json!("SF1234 5678")),
            ("parcel_number", json!(1_234_567_890)),
            ("parcel_number", json!(null)),
            ("courier", json!("顺丰")),
        ]).await;
        let held = app.post("/api/v1/holds").by(&thief).json(json!({ "slot_id": slot })).send().await;
        set(app, &thief, id(&held.expect(201)), json!("SF1234567890123")).await
            .problem(409, "booking_not_pending");
        let cancel = app.post(&format!("/api/v1/bookings/{booking}/cancellation")).by(&person);
        cancel.json(json!({})).send().await.expect(200);
        set(app, &person, booking, json!("SF1234567890123")).await.problem(409, "booking_not_pending");
    }

    async fn a_moved_booking_keeps_its_parcel(app) {
        let lab = courier_lab(app).await;
        let (slot, later) = (app.slot(&lab, 48, 2).await, app.slot(&lab, 72, 2).await);
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, slot).await;
        set(app, &person, booking, json!("SF1234567890123")).await.expect(200);
        let path = format!("/api/v1/bookings/{booking}/reschedule");
        let moved = app.post(&path).by(&person).json(json!({ "slot_id": later })).send().await;
        assert_eq!(moved.expect(201)["parcel_number"], "SF1234567890123");
    }
}
