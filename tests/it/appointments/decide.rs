//! The states of a booking through the API: who may change what into what.

use chrono::TimeDelta;
use futures_util::future::join;
use serde_json::{Value, json};
use tests::{Lab, Person, TestApp, backends};
use uuid::Uuid;

use super::{book, cancel, confirm, counters, read, reject};

/// Brings a new booking of a new slot into a state.
async fn booking_in(app: &TestApp, lab: &Lab, person: &Person, state: &str) -> Uuid {
    let slots = app.count("SELECT COUNT(*) FROM slots").await;
    let slot = app.slot(lab, 48 + slots, 1).await;
    let booking = app.booking(person, slot).await;
    match state {
        "pending_lab" => {}
        "confirmed" => drop(confirm(app, lab, booking).await.expect(200)),
        "rejected" => drop(reject(app, lab, booking).await.expect(200)),
        "cancelled_by_user" => drop(cancel(app, person, booking).await.expect(200)),
        _ => {
            let id = app.literal(booking);
            let due = format!("UPDATE bookings SET confirm_by = created_at WHERE id = {id}");
            app.execute(&due).await;
            app.execute("UPDATE jobs SET run_at = created_at WHERE status = 'ready'").await;
            app.drain_jobs().await;
        }
    }
    assert_eq!(read(app, person, booking).await["status"], state);
    booking
}

backends! {
    async fn change_of_a_booking_follows_the_table_of_transitions(app) {
        let lab = app.lab("甲实验室").await;
        let person = app.resident("xiaoming").await;
        for (state, may_cancel, may_decide) in [
            ("pending_lab", true, true),
            ("confirmed", true, false),
            ("rejected", false, false),
            ("cancelled_by_user", false, false),
            ("expired", false, false),
        ] {
            for (action, is_allowed, to) in [
                ("cancel", may_cancel, "cancelled_by_user"),
                ("confirm", may_decide, "confirmed"),
                ("reject", may_decide, "rejected"),
            ] {
                let booking = booking_in(app, &lab, &person, state).await;
                let before = read(app, &person, booking).await;
                let reply = match action {
                    "cancel" => cancel(app, &person, booking).await,
                    "confirm" => confirm(app, &lab, booking).await,
                    _ => reject(app, &lab, booking).await,
                };
                let after = read(app, &person, booking).await;
                if is_allowed {
                    assert_eq!(reply.expect(200)["status"], to, "{action} {state}");
                    assert_eq!(after["status"], to);
                    assert_eq!(after["version"].as_i64(), before["version"].as_i64().map(|v| v + 1));
                    let steps = |view: &Value| view["timeline"].as_array().unwrap().len();
                    assert_eq!(steps(&after), steps(&before) + 1);
                } else {
                    reply.problem(409, "booking_not_pending");
                    assert_eq!(after, before, "{action} {state}");
                }
            }
        }
    }

    async fn confirm_booking_turns_the_held_place_into_a_booked_one_and_tells(app) {
        let lab = app.lab("甲实验室").await;
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, app.slot(&lab, 48, 2).await).await;
        let seen = confirm(app, &lab, booking).await.expect(200);
        assert_eq!(seen["decided_at"], "2026-11-20T02:00:00Z");
        assert_eq!(seen["allowed_actions"], json!(["cancel"]));
        assert_eq!(counters(app).await, (0, 1));
        confirm(app, &lab, booking).await.problem(409, "booking_not_pending");
        let inbox = app.walk("/api/v1/notifications", Some(&person), 10).await;
        assert_eq!(inbox.len(), 1);
        assert_eq!([&inbox[0]["kind"], &inbox[0]["subject_id"]], [&json!("booking_confirmed"), &json!(booking)]);
        let audited = "SELECT COUNT(*) FROM audit_entries WHERE action = 'booking.decide'";
        assert_eq!(app.count(audited).await, 1);
    }

    async fn reject_booking_frees_the_place_and_shows_the_reason(app) {
        let lab = app.lab("甲实验室").await;
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, app.slot(&lab, 48, 1).await).await;
        app.advance(TimeDelta::seconds(1));
        reject(app, &lab, booking).await.expect(200);
        assert_eq!(counters(app).await, (0, 0));
        let detail = read(app, &person, booking).await;
        assert_eq!(detail["reason"], "设备检修");
        assert_eq!(detail["timeline"][1]["reason"], "设备检修");
        let inbox = app.walk("/api/v1/notifications", Some(&person), 10).await;
        assert_eq!(inbox[0]["kind"], "booking_rejected");
    }

    async fn reject_booking_without_a_reason_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let booking = app.booking(&app.resident("xiaoming").await, app.slot(&lab, 48, 1).await).await;
        let path = format!("/api/v1/staff/bookings/{booking}/rejection");
        app.refuses_each(|| app.post(&path).by(&lab.staff), &json!({ "reason": "设备检修" }), [
            ("reason", json!("")), ("reason", json!("无")), ("reason", json!("x".repeat(201))),
            ("reason", json!("两\n行")), ("reason", json!(null)), ("code", json!(1)),
        ]).await;
        app.post(&path).by(&lab.staff).send().await.invalid("reason");
        assert_eq!(counters(app).await, (1, 0));
    }

    async fn cancel_booking_with_a_reason_keeps_it(app) {
        let lab = app.lab("甲实验室").await;
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, app.slot(&lab, 48, 1).await).await;
        let path = format!("/api/v1/bookings/{booking}/cancellation");
        app.refuses_each(|| app.post(&path).by(&person), &json!({ "reason": "有事" }), [
            ("reason", json!("x".repeat(201))), ("reason", json!(1)), ("refund", json!(true)),
        ]).await;
        let cancel = app.post(&path).by(&person).json(json!({ "reason": "  临时有事 " }));
        assert_eq!(cancel.send().await.expect(200)["reason"], "临时有事");
        assert_eq!(counters(app).await, (0, 0));
        // Nothing to say needs no body.
        let booking = app.booking(&person, app.slot(&lab, 49, 1).await).await;
        let path = format!("/api/v1/bookings/{booking}/cancellation");
        let cancelled = app.post(&path).by(&person).send().await.expect(200);
        assert_eq!(cancelled["reason"], serde_json::Value::Null);
    }

    async fn cancel_booking_that_is_confirmed_ends_at_the_cutoff(app) {
        let lab = app.lab("甲实验室").await;
        let (slot, late) = (app.slot(&lab, 3, 1).await, app.slot(&lab, 4, 1).await);
        let person = app.resident("xiaoming").await;
        let (confirmed, pending) = (app.booking(&person, slot).await, app.booking(&person, late).await);
        confirm(app, &lab, confirmed).await.expect(200);
        app.advance(TimeDelta::hours(1));
        let person = app.resident("xiaoming").await;
        assert_eq!(read(app, &person, confirmed).await["allowed_actions"], json!(["cancel", "reschedule"]));
        app.advance(TimeDelta::seconds(1));
        assert_eq!(read(app, &person, confirmed).await["allowed_actions"], json!([]));
        cancel(app, &person, confirmed).await.problem(409, "cutoff_passed");
        // A request nobody confirmed can always be taken back.
        app.advance(TimeDelta::seconds(7_198));
        let person = app.resident("xiaoming").await;
        cancel(app, &person, pending).await.expect(200);
        app.drain_jobs().await;
    }

    async fn cancel_booking_while_the_lab_confirms_moves_the_place_once(app) {
        let lab = app.lab("甲实验室").await;
        let person = app.resident("xiaoming").await;
        for hours in 48..54 {
            let booking = app.booking(&person, app.slot(&lab, hours, 1).await).await;
            let (gone, kept) =
                join(cancel(app, &person, booking), confirm(app, &lab, booking)).await;
            for reply in [&gone, &kept].into_iter().filter(|reply| reply.status != 200) {
                reply.problem(409, "booking_not_pending");
            }
            let status = read(app, &person, booking).await["status"].clone();
            // Confirmed and then cancelled is possible; both refused is not.
            assert!(gone.status == 200 || kept.status == 200);
            assert_eq!(status, if gone.status == 200 { "cancelled_by_user" } else { "confirmed" });
        }
    }

    async fn cancel_booking_twice_at_once_frees_one_place(app) {
        let lab = app.lab("甲实验室").await;
        let person = app.resident("xiaoming").await;
        let slot = app.slot(&lab, 48, 2).await;
        app.booking(&app.resident("xiaohong").await, slot).await;
        let booking = app.booking(&person, slot).await;
        let (a, b) = join(cancel(app, &person, booking), cancel(app, &person, booking)).await;
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        assert_eq!(counters(app).await, (1, 0));
    }

    async fn confirm_booking_by_another_lab_is_refused(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, app.slot(&lab, 48, 1).await).await;
        for id in [booking, Uuid::nil()] {
            confirm(app, &other, id).await.problem(404, "not_found");
            reject(app, &other, id).await.problem(404, "not_found");
        }
        let path = format!("/api/v1/staff/bookings/{booking}/confirmation");
        app.post(&path).by(&person).send().await.problem(401, "token_invalid");
        assert!(app.walk("/api/v1/staff/bookings", Some(&other.staff), 10).await.is_empty());
        assert_eq!(read(app, &person, booking).await["status"], "pending_lab");
    }

    async fn list_lab_bookings_walks_ones_own_lab_by_status(app) {
        const LIST: &str = "/api/v1/staff/bookings";
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let slots = (app.slot(&lab, 48, 10).await, app.slot(&other, 48, 10).await);
        for name in ["a", "b", "c"] {
            let person = app.resident(name).await;
            app.advance(TimeDelta::seconds(1));
            let booking = app.booking(&person, slots.0).await;
            app.booking(&person, slots.1).await;
            if name == "b" {
                confirm(app, &lab, booking).await.expect(200);
            }
        }
        for limit in [1, 2, 3] {
            let all = app.walk(LIST, Some(&lab.staff), limit).await;
            let statuses: Vec<&Value> = all.iter().map(|booking| &booking["status"]).collect();
            assert_eq!(statuses, ["pending_lab", "confirmed", "pending_lab"]);
            let waiting = format!("{LIST}?status=pending_lab");
            assert_eq!(app.walk(&waiting, Some(&lab.staff), limit).await.len(), 2);
        }
        let pending = app.walk(LIST, Some(&lab.staff), 1).await;
        assert_eq!(pending[0]["allowed_actions"], json!(["confirm", "reject"]));
        assert!(!pending[0].to_string().contains("account"), "the list names the resident");
        app.refuses_bad_pages(LIST, Some(&lab.staff)).await;
        let wrong = app.get(&format!("{LIST}?status=lost")).by(&lab.staff).send().await;
        wrong.problem(422, "validation_failed");
    }

    async fn confirm_booking_of_a_closed_slot_or_suspended_lab_still_works(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 2).await;
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, slot).await;
        let path = format!("/api/v1/staff/slots/{slot}/closure");
        app.post(&path).by(&lab.staff).send().await.expect(200);
        confirm(app, &lab, booking).await.expect(200);
        book(app, &app.resident("xiaohong").await, slot).await.problem(409, "slot_closed");
        assert_eq!(counters(app).await, (0, 1));
    }
}
