//! Staff book for those who call or come, on the places kept for them.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Lab, TestApp, TestResponse, backends};
use uuid::Uuid;

use super::{book, cancel, counters, id};

const BOOKINGS: &str = "/api/v1/staff/bookings";

fn for_somebody(slot: Uuid, name: &str, phone: &str) -> Value {
    json!({
        "slot_id": slot, "product_name": "电热毯", "channel": "phone",
        "beneficiary": { "name": name, "phone": phone },
    })
}

async fn desk(app: &TestApp, lab: &Lab, body: Value) -> TestResponse {
    app.post(BOOKINGS).by(&lab.staff).json(body).send().await
}

/// A slot with places kept for phone and desk.
async fn slot_with_reserve(app: &TestApp, lab: &Lab, capacity: i64, reserved: i64) -> Uuid {
    let starts_at = app.now() + TimeDelta::hours(48);
    let slot = json!({
        "service_id": lab.service_id, "capacity": capacity, "reserved_units": reserved,
        "starts_at": starts_at, "ends_at": starts_at + TimeDelta::hours(1),
    });
    id(&app.post("/api/v1/staff/slots").by(&lab.staff).json(slot).send().await.expect(201))
}

backends! {
    async fn create_lab_booking_uses_the_places_kept_for_it(app) {
        let lab = app.lab("甲实验室").await;
        let slot = slot_with_reserve(app, &lab, 3, 2).await;
        assert_eq!(app.walk("/api/v1/slots", None, 5).await[0]["available"], 1);
        let (first, second) = (app.resident("a").await, app.resident("b").await);
        let online = id(&book(app, &first, slot).await.expect(201));
        book(app, &second, slot).await.problem(409, "slot_held");
        let booked = desk(app, &lab, for_somebody(slot, "张大爷", "13800138011")).await.expect(201);
        assert_eq!([&booked["status"], &booked["channel"]], ["confirmed", "phone"]);
        assert_eq!(booked["beneficiary"], json!({ "name": "张**", "phone": "138****8011" }));
        assert_eq!(booked["allowed_actions"], json!(["cancel"]));
        assert_eq!(booked["public_code"].as_str().unwrap().len(), 10);
        assert_eq!(counters(app).await, (1, 1));
        // A place kept for the phone is still kept after one was used and another given back online.
        cancel(app, &first, online).await.expect(200);
        book(app, &second, slot).await.expect(201);
        book(app, &first, slot).await.problem(409, "slot_held");
        desk(app, &lab, for_somebody(slot, "李大妈", "13800138012")).await.expect(201);
        desk(app, &lab, for_somebody(slot, "赵大爷", "13800138013")).await.problem(409, "slot_held");
        assert_eq!(app.count("SELECT reserved_used FROM slots").await, 2);
        // Given back by the lab, it is kept for the phone again.
        let path = format!("{BOOKINGS}/{}/cancellation", id(&booked));
        let why = json!({ "reason_code": "equipment_failure", "reason": "设备检修" });
        app.post(&path).by(&lab.staff).json(why).send().await.expect(200);
        assert_eq!(app.count("SELECT reserved_used FROM slots").await, 1);
        book(app, &first, slot).await.problem(409, "slot_held");
    }

    async fn create_lab_booking_of_another_lab_is_refused(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let slot = app.slot(&lab, 48, 5).await;
        for slot in [slot, Uuid::nil()] {
            desk(app, &other, for_somebody(slot, "张大爷", "13800138011")).await.problem(404, "not_found");
        }
        assert_eq!(counters(app).await, (0, 0));
    }

    async fn create_lab_booking_once_per_person_and_as_often_as_the_phone_may(
        app, config => { config.appointments.phone_quota = 2; }
    ) {
        let lab = app.lab("甲实验室").await;
        let (slot, later) = (app.slot(&lab, 48, 9).await, app.slot(&lab, 49, 9).await);
        let (own, other) = ("13800138011", "+86 138 0013 8011");
        desk(app, &lab, for_somebody(slot, "张大爷", own)).await.expect(201);
        desk(app, &lab, for_somebody(slot, "张大爷", other)).await.problem(409, "already_booked");
        desk(app, &lab, for_somebody(slot, "张大妈", other)).await.expect(201);
        desk(app, &lab, for_somebody(later, "张大爷", own)).await.problem(409, "quota_exceeded");
        desk(app, &lab, for_somebody(later, "张大爷", "13800138012")).await.expect(201);
        // Without a phone there is nothing to count by.
        for _ in 0..3 {
            let mut body = for_somebody(later, "李大爷", "");
            body["beneficiary"] = json!({ "name": "李大爷" });
            desk(app, &lab, body).await.expect(201);
        }
    }

    async fn create_lab_booking_of_whoever_stands_at_the_desk_ends_with_the_slot(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 1, 9).await;
        let mut walk_in = for_somebody(slot, "张大爷", "13800138011");
        walk_in["channel"] = json!("on_site");
        app.advance(TimeDelta::minutes(90));
        let staff = app.logged_in_again(&[]).await;
        assert!(staff.is_empty());
        let lab = Lab { staff: app.staff(tests::Role::LabStaff, &format!("lab:{}", lab.id)).await, ..lab };
        book(app, &app.resident("a").await, slot).await.problem(409, "cutoff_passed");
        desk(app, &lab, walk_in.clone()).await.expect(201);
        app.advance(TimeDelta::minutes(30));
        let lab = Lab { staff: app.staff(tests::Role::LabStaff, &format!("lab:{}", lab.id)).await, ..lab };
        walk_in["beneficiary"]["name"] = json!("李大爷");
        desk(app, &lab, walk_in).await.problem(409, "cutoff_passed");
    }

    async fn create_lab_booking_with_a_wrong_field_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let body = for_somebody(app.slot(&lab, 48, 5).await, "张大爷", "13800138011");
        app.refuses_each(|| app.post(BOOKINGS).by(&lab.staff), &body, [
            ("channel", json!("online")),
            ("channel", json!("fax")),
            ("beneficiary", json!(null)),
            ("beneficiary.name", json!("")),
            ("beneficiary.phone", json!("123")),
            ("units", json!(61)),
            ("product_name", json!("")),
            ("account_id", json!(Uuid::nil())),
            ("price", json!(0)),
        ]).await;
        let ask = || {
            let post = app.post(BOOKINGS).by(&lab.staff).header("idempotency-key", "call-number-7");
            post.json(body.clone()).send()
        };
        let first = ask().await;
        first.expect(201);
        assert_eq!(ask().await.body, first.body);
        assert_eq!(counters(app).await, (0, 1));
    }

    async fn list_lab_bookings_finds_what_is_read_aloud(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let slot = app.slot(&lab, 48, 5).await;
        let booked = desk(app, &lab, for_somebody(slot, "张大爷", "13800138011")).await.expect(201);
        desk(app, &lab, for_somebody(slot, "李大爷", "13800138012")).await.expect(201);
        let code = booked["public_code"].as_str().unwrap();
        for spelling in [code.to_owned(), code.to_lowercase(), format!("%20{code}")] {
            let path = format!("{BOOKINGS}?public_code={spelling}");
            assert_eq!(app.walk(&path, Some(&lab.staff), 5).await, std::slice::from_ref(&booked));
            assert!(app.walk(&path, Some(&other.staff), 5).await.is_empty());
        }
    }
}
