//! What a visitor is reminded of.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Lab, TestApp, backends};
use uuid::Uuid;

use super::{confirmed, desk};

/// How often somebody was reminded of a booking.
async fn reminders(app: &TestApp, booking: Uuid) -> i64 {
    let id = app.literal(booking);
    app.count(&format!(
        "SELECT COUNT(*) FROM notifications WHERE kind = 'booking_reminder' AND subject_id = {id}"
    ))
    .await
}

async fn pass(app: &TestApp, hours: i64) {
    for _ in 0..hours {
        app.advance(TimeDelta::hours(1));
        app.drain_jobs().await;
    }
}

backends! {
    async fn remind_visitors_does_so_twice_and_no_more(app) {
        let lab = app.lab("甲实验室").await;
        let booking = confirmed(app, &lab, "a", app.slot(&lab, 48, 9).await).await;
        let waiting = app.booking(&app.resident("b").await, app.slot(&lab, 49, 1).await).await;
        app.drain_jobs().await;
        pass(app, 23).await;
        assert_eq!(reminders(app, booking).await, 0);
        pass(app, 1).await;
        assert_eq!(reminders(app, booking).await, 1);
        pass(app, 21).await;
        assert_eq!(reminders(app, booking).await, 1);
        pass(app, 1).await;
        assert_eq!(reminders(app, booking).await, 2);
        let inbox = app.walk("/api/v1/notifications", Some(&app.resident("a").await), 20).await;
        assert_eq!(inbox[0]["kind"], "booking_reminder");
        // Whatever is asked of the sweep again.
        app.execute("UPDATE jobs SET status = 'ready' WHERE kind = 'booking.remind'").await;
        app.drain_jobs().await;
        pass(app, 3).await;
        assert_eq!(reminders(app, booking).await, 2);
        assert_eq!(reminders(app, waiting).await, 0, "nobody confirmed it");
    }

    async fn remind_visitors_leaves_out_what_is_not_so_any_more(app) {
        let lab = app.lab("甲实验室").await;
        let gone = confirmed(app, &lab, "a", app.slot(&lab, 48, 1).await).await;
        let moved = confirmed(app, &lab, "b", app.slot(&lab, 48 + 1, 1).await).await;
        let to = app.slot(&lab, 96, 1).await;
        let path = format!("/api/v1/bookings/{gone}/cancellation");
        app.post(&path).by(&app.resident("a").await).json(json!({})).send().await.expect(200);
        let path = format!("/api/v1/bookings/{moved}/reschedule");
        let post = app.post(&path).by(&app.resident("b").await).json(json!({ "slot_id": to }));
        let new: Value = post.send().await.expect(201);
        let new: Uuid = new["id"].as_str().unwrap().parse().unwrap();
        app.drain_jobs().await;
        pass(app, 48).await;
        assert_eq!((reminders(app, gone).await, reminders(app, moved).await), (0, 0));
        assert_eq!(reminders(app, new).await, 0);
        pass(app, 24).await;
        assert_eq!(reminders(app, new).await, 1);
    }

    async fn remind_visitors_of_what_was_confirmed_late_does_so_once(app) {
        let lab = app.lab("甲实验室").await;
        let today = confirmed(app, &lab, "a", app.slot(&lab, 20, 1).await).await;
        let soon = confirmed(app, &lab, "b", app.slot(&lab, 3, 1).await).await;
        app.drain_jobs().await;
        assert_eq!(reminders(app, today).await, 0, "they know it since a moment ago");
        pass(app, 2).await;
        assert_eq!(reminders(app, soon).await, 1);
        pass(app, 17).await;
        assert_eq!((reminders(app, today).await, reminders(app, soon).await), (1, 1));
    }

    async fn remind_visitors_of_a_crowd_in_batches(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 30, 230).await;
        let people = app.residents(230).await;
        let lab = Lab { staff: desk(app, &lab).await, ..lab };
        for chunk in people.chunks(100) {
            let mut ids = Vec::new();
            for person in chunk {
                ids.push(app.booking(person, slot).await);
            }
            let post = app.post("/api/v1/staff/booking-confirmations").by(&lab.staff);
            post.json(json!({ "booking_ids": ids })).send().await.expect(200);
        }
        app.advance(TimeDelta::hours(7));
        app.drain_jobs().await;
        let sent = "SELECT COUNT(*) FROM notifications WHERE kind = 'booking_reminder'";
        assert_eq!(app.count(sent).await, 230);
        assert_eq!(app.count("SELECT COUNT(*) FROM booking_reminders").await, 230);
    }
}
