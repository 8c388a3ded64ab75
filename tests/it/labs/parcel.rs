//! 你送我检: the parcel number of a sample; and visits without one.

use chrono::TimeDelta;
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

    async fn a_parcel_is_taken_in_by_its_number_until_a_week_after_its_slot(app) {
        let lab = courier_lab(app).await;
        let slot = app.slot(&lab, 48, 9).await;
        let (sent, lost) = (app.resident("xiaoming").await, app.resident("xiaohong").await);
        let mut bookings = Vec::new();
        for (person, number) in [(&sent, "SF1234567890123"), (&lost, "SF9999999999999")] {
            let booking = app.booking(person, slot).await;
            let path = format!("/api/v1/staff/bookings/{booking}/confirmation");
            app.post(&path).by(&lab.staff).send().await.expect(200);
            set(app, person, booking, json!(number)).await.expect(200);
            bookings.push(booking);
        }
        let take_in = async |staff: &Person, number: &str| {
            let body = json!({ "parcel_number": number });
            app.post("/api/v1/staff/check-ins").by(staff).json(body).send().await
        };
        app.advance(TimeDelta::hours(54));
        app.drain_jobs().await;
        let desk = app.staff(Role::LabStaff, &format!("lab:{}", lab.id)).await;
        let other = app.lab("乙实验室").await;
        take_in(&other.staff, "SF1234567890123").await.problem(404, "not_found");
        take_in(&desk, "SF0000000000000").await.problem(404, "not_found");
        let seen = take_in(&desk, " sf1234567890123 ").await.expect(200);
        assert_eq!([&seen["status"], &seen["id"]], [&json!("checked_in"), &json!(bookings[0])]);
        take_in(&desk, "SF1234567890123").await.problem(409, "already_checked_in");
        let both = json!({ "parcel_number": "SF9999999999999", "code": "v1" });
        let reply = app.post("/api/v1/staff/check-ins").by(&desk).json(both).send().await;
        reply.problem(422, "validation_failed");
        // The test goes on as any other.
        let path = format!("/api/v1/staff/bookings/{}/samples", bookings[0]);
        let sample = json!({ "product_name": "玩具", "brand": "某牌", "model": "A-1", "batch": "1", "place": "收样台" });
        app.post(&path).by(&desk).json(sample).send().await.expect(201);
        // What never comes is a visit that was missed.
        app.advance(TimeDelta::days(7));
        app.drain_jobs().await;
        let desk = app.staff(Role::LabStaff, &format!("lab:{}", lab.id)).await;
        let path = format!("/api/v1/staff/bookings/{}", bookings[1]);
        assert_eq!(app.get(&path).by(&desk).send().await.expect(200)["status"], "no_show");
        take_in(&desk, "SF9999999999999").await.problem(409, "booking_not_pending");
        // It came a day late.
        app.advance(TimeDelta::days(1));
        let desk = app.staff(Role::LabStaff, &format!("lab:{}", lab.id)).await;
        let undo = app.post(&format!("{path}/no-show-correction")).by(&desk);
        let seen = undo.json(json!({ "reason": "快递延误" })).send().await.expect(200);
        assert_eq!(seen["status"], "checked_in");
    }

    async fn a_visit_without_a_sample_is_ended_by_the_lab(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 9).await;
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, slot).await;
        let end = async |staff: &Person, booking: Uuid| {
            app.post(&format!("/api/v1/staff/bookings/{booking}/visit-end")).by(staff).send().await
        };
        end(&lab.staff, booking).await.problem(409, "booking_not_pending");
        app.execute("UPDATE bookings SET status = 'checked_in'").await;
        app.execute("UPDATE slots SET held = 0, booked = 1").await;
        let other = app.lab("乙实验室").await;
        end(&other.staff, booking).await.problem(404, "not_found");
        app.execute("UPDATE bookings SET sample_number = 'A1'").await;
        end(&lab.staff, booking).await.problem(409, "booking_not_pending");
        app.execute("UPDATE bookings SET sample_number = NULL").await;
        let seen = end(&lab.staff, booking).await.expect(200);
        assert_eq!([&seen["status"], &seen["allowed_actions"]], [&json!("completed"), &json!([])]);
        end(&lab.staff, booking).await.problem(409, "booking_not_pending");
        // Nobody is told of a result that there is not; how it was is asked all the same.
        assert!(app.walk("/api/v1/notifications", Some(&person), 5).await.is_empty());
        let rating = json!({ "overall": 5, "attitude": 5, "speed": 4, "clarity": 3 });
        let path = format!("/api/v1/bookings/{booking}/satisfaction");
        app.put(&path).by(&person).json(rating).send().await.expect(200);
    }
}
