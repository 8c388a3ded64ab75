//! Moving a booking to another time.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Person, TestApp, TestResponse, backends};
use uuid::Uuid;

use super::{book, cancel, confirm, counters_of, hold, id, post, read};

async fn reschedule(app: &TestApp, person: &Person, booking: Uuid, slot: Uuid) -> TestResponse {
    post(app, person, &format!("/bookings/{booking}/reschedule"), json!({ "slot_id": slot })).await
}

backends! {
    async fn reschedule_booking_takes_the_new_place_and_frees_the_old(app) {
        let lab = app.lab("甲实验室").await;
        let (old_slot, new_slot) = (app.slot(&lab, 48, 1).await, app.slot(&lab, 72, 1).await);
        let person = app.resident("xiaoming").await;
        let roster = json!([{ "label": "一" }]);
        let body = json!({ "slot_id": old_slot, "product_name": "玩具", "roster": roster });
        let old = post(app, &person, "/bookings", body).await.expect(201);
        confirm(app, &lab, id(&old)).await.expect(200);
        app.advance(TimeDelta::seconds(1));
        let new = reschedule(app, &person, id(&old), new_slot).await.expect(201);
        assert_eq!([&new["status"], &new["product_name"]], ["confirmed", "玩具"]);
        assert_eq!([&new["rescheduled_from"], &new["slot"]["id"]], [&old["id"], &json!(new_slot)]);
        assert_ne!(new["public_code"], old["public_code"]);
        assert_eq!(counters_of(app, old_slot).await, (0, 0));
        assert_eq!(counters_of(app, new_slot).await, (0, 1));
        let before = read(app, &person, id(&old)).await;
        assert_eq!([&before["status"], &before["roster"]], [&json!("cancelled_by_user"), &json!([])]);
        let after = read(app, &person, id(&new)).await;
        assert_eq!(after["roster"][0]["label"], "一");
        assert_eq!(after["timeline"].as_array().unwrap().len(), 1);
        reschedule(app, &person, id(&old), new_slot).await.problem(409, "booking_not_pending");
    }

    async fn reschedule_booking_that_waits_still_waits(app) {
        let lab = app.lab("甲实验室").await;
        let (old_slot, new_slot) = (app.slot(&lab, 48, 1).await, app.slot(&lab, 72, 1).await);
        let person = app.resident("xiaoming").await;
        let old = app.booking(&person, old_slot).await;
        app.advance(TimeDelta::hours(1));
        let person = app.resident("xiaoming").await;
        let new = reschedule(app, &person, old, new_slot).await.expect(201);
        assert_eq!([&new["status"], &new["confirm_by"]], ["pending_lab", "2026-11-21T03:00:00Z"]);
        assert_eq!(counters_of(app, old_slot).await, (0, 0));
        assert_eq!(counters_of(app, new_slot).await, (1, 0));
        app.advance(TimeDelta::hours(24));
        app.drain_jobs().await;
        assert_eq!(counters_of(app, new_slot).await, (0, 0));
    }

    async fn reschedule_booking_to_where_there_is_no_place_changes_nothing(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let person = app.resident("xiaoming").await;
        let own = app.slot(&lab, 48, 1).await;
        let booking = app.booking(&person, own).await;
        let (full, held, closed) =
            (app.slot(&lab, 49, 1).await, app.slot(&lab, 50, 1).await, app.slot(&lab, 51, 1).await);
        let stranger = app.resident("other").await;
        let taken = app.booking(&stranger, full).await;
        confirm(app, &lab, taken).await.expect(200);
        hold(app, &stranger, held).await;
        let path = format!("/api/v1/staff/slots/{closed}/closure");
        app.post(&path).by(&lab.staff).send().await.expect(200);
        for (slot, code) in
            [(full, "slot_full"), (held, "slot_held"), (closed, "slot_closed"), (own, "already_booked")]
        {
            reschedule(app, &person, booking, slot).await.problem(409, code);
        }
        reschedule(app, &person, booking, Uuid::nil()).await.problem(404, "not_found");
        let elsewhere = app.slot(&other, 48, 1).await;
        reschedule(app, &person, booking, elsewhere).await.invalid("slot_id");
        reschedule(app, &stranger, booking, closed).await.problem(404, "not_found");
        assert_eq!(read(app, &person, booking).await["status"], "pending_lab");
        assert_eq!(counters_of(app, own).await, (1, 0));
        assert_eq!(counters_of(app, elsewhere).await, (0, 0));
    }

    async fn reschedule_booking_has_a_limit_and_a_cutoff(
        app, config => { config.appointments.max_moves = 1; }
    ) {
        let lab = app.lab("甲实验室").await;
        let (first, second, third) =
            (app.slot(&lab, 4, 1).await, app.slot(&lab, 5, 1).await, app.slot(&lab, 72, 1).await);
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, first).await;
        confirm(app, &lab, booking).await.expect(200);
        let moved = reschedule(app, &person, booking, second).await.expect(201);
        assert_eq!(moved["allowed_actions"], json!(["cancel"]));
        reschedule(app, &person, id(&moved), third).await.problem(409, "moves_exhausted");
        cancel(app, &person, id(&moved)).await.expect(200);
        let booking = app.booking(&person, first).await;
        confirm(app, &lab, booking).await.expect(200);
        app.advance(TimeDelta::hours(2) + TimeDelta::seconds(1));
        let person = app.resident("xiaoming").await;
        reschedule(app, &person, booking, third).await.problem(409, "cutoff_passed");
    }

    async fn reschedule_booking_does_not_count_the_one_that_is_moved(
        app, config => { config.appointments.account_quota = 1; config.appointments.phone_quota = 1; }
    ) {
        let lab = app.lab("甲实验室").await;
        let (first, second) = (app.slot(&lab, 48, 1).await, app.slot(&lab, 49, 1).await);
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, first).await;
        book(app, &person, second).await.problem(409, "quota_exceeded");
        let moved = reschedule(app, &person, booking, second).await.expect(201);
        book(app, &person, first).await.problem(409, "quota_exceeded");
        cancel(app, &person, id(&moved)).await.expect(200);
        book(app, &person, first).await.expect(201);
    }

    async fn reschedule_booking_again_with_one_key_moves_once(app) {
        let lab = app.lab("甲实验室").await;
        let (first, second) = (app.slot(&lab, 48, 1).await, app.slot(&lab, 49, 1).await);
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, first).await;
        let path = format!("/api/v1/bookings/{booking}/reschedule");
        let ask = || {
            let post = app.post(&path).by(&person).header("idempotency-key", "move-it-once");
            post.json(json!({ "slot_id": second })).send()
        };
        let moved = ask().await;
        moved.expect(201);
        assert_eq!(ask().await.body, moved.body);
        assert_eq!(app.count("SELECT COUNT(*) FROM bookings").await, 2);
        let body: Value = json!({ "slot_id": 7 });
        app.post(&path).by(&person).json(body).send().await.invalid("slot_id");
    }
}
