//! Asking for a place, and looking at one's own.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Role, backends};
use uuid::Uuid;

use super::{book, cancel, confirm, counters, read};

const BOOKINGS: &str = "/api/v1/bookings";

backends! {
    async fn create_booking_holds_a_place_until_the_lab_answers(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 2).await;
        let person = app.resident("xiaoming").await;
        let booking = book(app, &person, slot).await.expect(201);
        assert_eq!(booking["status"], "pending_lab");
        assert_eq!(booking["confirm_by"], "2026-11-21T02:00:00Z");
        assert_eq!(booking["slot"]["id"], slot.to_string());
        assert_eq!(booking["allowed_actions"], json!(["cancel", "reschedule"]));
        assert_eq!(booking["decided_at"], Value::Null);
        assert_eq!(counters(app).await, (1, 0));
        let id = booking["id"].as_str().unwrap().parse().unwrap();
        let detail = read(app, &person, id).await;
        let at = "2026-11-20T02:00:00Z";
        assert_eq!(detail["timeline"], json!([{ "at": at, "status": "pending_lab", "reason": null }]));
        let slots = app.walk("/api/v1/slots", None, 10).await;
        assert_eq!([&slots[0]["capacity"], &slots[0]["available"]], [2, 1]);
    }

    async fn create_booking_just_before_the_slot_is_answered_before_it_begins(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 3, 1).await;
        let booking = book(app, &app.resident("xiaoming").await, slot).await.expect(201);
        assert_eq!(booking["confirm_by"], booking["slot"]["starts_at"]);
    }

    async fn create_booking_of_the_last_place_tells_held_from_full(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 1).await;
        let (first, second) = (app.resident("xiaoming").await, app.resident("xiaohong").await);
        let booking = app.booking(&first, slot).await;
        let held = book(app, &second, slot).await;
        held.problem(409, "slot_held");
        assert_eq!(held.header("retry-after"), "600");
        confirm(app, &lab, booking).await.expect(200);
        let full = book(app, &second, slot).await;
        full.problem(409, "slot_full");
        assert!(!full.headers.contains_key("retry-after"));
        cancel(app, &first, booking).await.expect(200);
        book(app, &second, slot).await.expect(201);
        assert_eq!(counters(app).await, (1, 0));
    }

    async fn create_booking_of_one_slot_twice_is_refused_and_takes_no_place(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 5).await;
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, slot).await;
        book(app, &person, slot).await.problem(409, "already_booked");
        confirm(app, &lab, booking).await.expect(200);
        book(app, &person, slot).await.problem(409, "already_booked");
        assert_eq!(counters(app).await, (0, 1));
        // Given back, it may be asked for again.
        cancel(app, &person, booking).await.expect(200);
        book(app, &person, slot).await.expect(201);
        assert_eq!(counters(app).await, (1, 0));
    }

    async fn create_booking_after_the_cutoff_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 3, 5).await;
        // The slot begins in three hours, booking ends two hours before.
        app.advance(TimeDelta::hours(1));
        let person = app.resident("xiaoming").await;
        book(app, &person, slot).await.problem(409, "cutoff_passed");
        app.advance(TimeDelta::seconds(-1));
        book(app, &person, slot).await.expect(201);
    }

    async fn create_booking_in_a_closed_slot_or_suspended_lab_is_refused(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let (closed, suspended) = (app.slot(&lab, 48, 5).await, app.slot(&other, 48, 5).await);
        let path = format!("/api/v1/staff/slots/{closed}/closure");
        app.post(&path).by(&lab.staff).send().await.expect(200);
        let admin = app.staff(Role::HqAdmin, "country").await;
        let path = format!("/api/v1/staff/labs/{}/status", other.id);
        app.put(&path).by(&admin).json(json!({ "status": "suspended" })).send().await.expect(200);
        let person = app.resident("xiaoming").await;
        for slot in [closed, suspended] {
            book(app, &person, slot).await.problem(409, "slot_closed");
        }
        book(app, &person, Uuid::nil()).await.problem(404, "not_found");
        assert_eq!(app.count("SELECT COUNT(*) FROM bookings").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM jobs").await, 0);
    }

    async fn create_booking_with_a_wrong_field_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 5).await;
        let person = app.resident("xiaoming").await;
        let body = json!({ "slot_id": slot, "product_name": "座椅" });
        app.refuses_each(|| app.post(BOOKINGS).by(&person), &body, [
            ("slot_id", json!("7")),
            ("slot_id", json!(7)),
            ("slot_id", json!(null)),
            ("product_name", json!("")),
            ("product_name", json!("\t \u{3000}")),
            ("product_name", json!("物".repeat(61))),
            ("product_name", json!("两\n行")),
            ("product_name", json!(["座椅"])),
            ("account_id", json!(Uuid::nil())),
            ("status", json!("confirmed")),
        ]).await;
        assert_eq!(counters(app).await, (0, 0));
    }

    async fn get_booking_of_somebody_else_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 5).await;
        let (owner, thief) = (app.resident("xiaoming").await, app.resident("dahei").await);
        let booking = app.booking(&owner, slot).await;
        for id in [booking.to_string(), Uuid::nil().to_string(), "7".to_owned()] {
            let path = format!("{BOOKINGS}/{id}");
            app.get(&path).by(&thief).send().await.problem(404, "not_found");
            let cancel = app.post(&format!("{path}/cancellation")).by(&thief).json(json!({}));
            cancel.send().await.problem(404, "not_found");
        }
        // The lab's own token is for the lab's own operations.
        let staff = app.get(&format!("{BOOKINGS}/{booking}")).by(&lab.staff).send().await;
        staff.problem(401, "token_invalid");
        assert_eq!(read(app, &owner, booking).await["status"], "pending_lab");
    }

    async fn list_bookings_walks_ones_own_newest_first(app) {
        let lab = app.lab("甲实验室").await;
        let (person, other) = (app.resident("xiaoming").await, app.resident("xiaohong").await);
        let mut own = Vec::new();
        for hours in [30, 31, 32, 33] {
            let slot = app.slot(&lab, hours, 5).await;
            own.insert(0, json!(app.booking(&person, slot).await));
            app.booking(&other, slot).await;
            app.advance(TimeDelta::seconds(1));
        }
        for limit in [1, 2, 4, 100] {
            let all = app.walk(BOOKINGS, Some(&person), limit).await;
            let ids: Vec<Value> = all.iter().map(|booking| booking["id"].clone()).collect();
            assert_eq!(ids, own, "{limit} at a time");
        }
        app.refuses_bad_pages(BOOKINGS, Some(&person)).await;
    }
}
