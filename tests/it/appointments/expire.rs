//! A request that the lab does not answer.

use chrono::TimeDelta;
use serde_json::json;
use tests::backends;

use super::{book, cancel, confirm, counters, read};

const A_DAY: TimeDelta = TimeDelta::days(1);

backends! {
    async fn expire_booking_frees_the_place_and_tells_the_resident(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 1).await;
        let booking = app.booking(&app.resident("xiaoming").await, slot).await;
        let second = app.resident("xiaohong").await;
        app.advance(A_DAY - TimeDelta::seconds(1));
        app.drain_jobs().await;
        assert_eq!(counters(app).await, (1, 0));
        app.advance(TimeDelta::seconds(1));
        assert!(app.drain_jobs().await >= 1);
        assert_eq!(counters(app).await, (0, 0));
        let person = app.resident("xiaoming").await;
        let detail = read(app, &person, booking).await;
        assert_eq!(detail["status"], "expired");
        assert_eq!(detail["timeline"][1]["at"], "2026-11-21T02:00:00Z");
        assert_eq!(detail["allowed_actions"], json!([]));
        let inbox = app.walk("/api/v1/notifications", Some(&person), 10).await;
        assert_eq!([&inbox[0]["kind"], &inbox[0]["subject_id"]], [&json!("booking_expired"), &json!(booking)]);
        // The place can be had again, by anybody.
        drop(second);
        book(app, &app.resident("xiaohong").await, slot).await.expect(201);
        book(app, &person, slot).await.problem(409, "slot_held");
    }

    async fn expire_booking_that_was_decided_leaves_it(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 3).await;
        let (a, b) = (app.resident("a").await, app.resident("b").await);
        let (confirmed, cancelled) = (app.booking(&a, slot).await, app.booking(&b, slot).await);
        confirm(app, &lab, confirmed).await.expect(200);
        cancel(app, &b, cancelled).await.expect(200);
        app.advance(A_DAY);
        assert!(app.drain_jobs().await >= 2);
        let (a, b) = (app.resident("a").await, app.resident("b").await);
        assert_eq!(read(app, &a, confirmed).await["status"], "confirmed");
        assert_eq!(read(app, &b, cancelled).await["status"], "cancelled_by_user");
        assert_eq!(counters(app).await, (0, 1));
        let told = "SELECT COUNT(*) FROM notifications WHERE kind = 'booking_expired'";
        assert_eq!(app.count(told).await, 0);
    }

    async fn expire_booking_run_twice_frees_one_place(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 3).await;
        for name in ["a", "b"] {
            app.booking(&app.resident(name).await, slot).await;
        }
        app.advance(A_DAY);
        app.drain_jobs().await;
        assert_eq!(counters(app).await, (0, 0));
        // As after a worker that died between its work and its note of it.
        let again = "UPDATE jobs SET status = 'ready', finished_at = NULL WHERE kind = 'booking.expire'";
        app.execute(again).await;
        assert!(app.drain_jobs().await >= 2);
        assert_eq!(counters(app).await, (0, 0));
        let told = "SELECT COUNT(*) FROM notifications WHERE kind = 'booking_expired'";
        assert_eq!(app.count(told).await, 2);
    }

    async fn expire_booking_waits_no_longer_than_the_setting(
        app, config => { config.appointments.confirm_within_secs = 60; }
    ) {
        let lab = app.lab("甲实验室").await;
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, app.slot(&lab, 48, 1).await).await;
        app.advance(TimeDelta::seconds(60));
        app.drain_jobs().await;
        assert_eq!(read(app, &person, booking).await["status"], "expired");
        confirm(app, &lab, booking).await.problem(409, "booking_not_pending");
    }
}
