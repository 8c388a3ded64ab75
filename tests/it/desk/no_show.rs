//! A no-show that was none.

use chrono::TimeDelta;
use serde_json::json;
use tests::{Lab, Person, Role, TestApp, TestResponse, backends};
use uuid::Uuid;

use super::{confirmed, desk, outcomes, scan, status};

async fn undo(app: &TestApp, who: &Person, booking: Uuid) -> TestResponse {
    let path = format!("/api/v1/staff/bookings/{booking}/no-show-correction");
    app.post(&path).by(who).json(json!({ "reason": "签到表上有本人签名" })).send().await
}

/// Somebody who did not come, some days apart.
async fn missed(app: &TestApp, lab: &Lab, name: &str) -> Uuid {
    let lab = Lab { staff: desk(app, lab).await, ..lab.clone() };
    let booking = confirmed(app, &lab, name, app.slot(&lab, 48, 1).await).await;
    app.advance(TimeDelta::hours(50));
    app.drain_jobs().await;
    assert_eq!(status(app, booking).await, "no_show");
    booking
}

async fn may_book(app: &TestApp, lab: &Lab, name: &str) -> bool {
    // Not the slot of a moment ago.
    app.advance(TimeDelta::seconds(1));
    let lab = Lab { staff: desk(app, lab).await, ..lab.clone() };
    let body = json!({ "slot_id": app.slot(&lab, 48, 1).await, "product_name": "玩具" });
    let post = app.post("/api/v1/bookings").by(&app.resident(name).await).json(body);
    let reply = post.send().await;
    if reply.status != 201 {
        reply.problem(409, "booking_paused");
    }
    reply.status == 201
}

backends! {
    async fn undo_no_show_lets_in_and_ends_the_pause(app) {
        let lab = app.lab("甲实验室").await;
        missed(app, &lab, "xiaoming").await;
        let second = missed(app, &lab, "xiaoming").await;
        assert!(!may_book(app, &lab, "xiaoming").await);
        let lab_desk = desk(app, &lab).await;
        let seen = app.get(&format!("/api/v1/staff/bookings/{second}")).by(&lab_desk).send().await;
        assert_eq!(seen.expect(200)["allowed_actions"], json!(["undo_no_show"]));
        let other = app.lab("乙实验室").await;
        undo(app, &other.staff, second).await.problem(404, "not_found");
        let oversight = app.staff(Role::HqAdmin, "country").await;
        undo(app, &oversight, second).await.problem(403, "forbidden");
        let path = format!("/api/v1/staff/bookings/{second}/no-show-correction");
        app.post(&path).by(&lab_desk).json(json!({ "reason": "" })).send().await.invalid("reason");
        let stale = app.post(&path).by(&lab_desk).header("if-match", "\"99\"");
        stale.json(json!({ "reason": "已到场" })).send().await.problem(412, "stale_version");

        let view = undo(app, &lab_desk, second).await.expect(200);
        assert_eq!([&view["status"], &view["reason"]], [&json!("checked_in"), &json!("签到表上有本人签名")]);
        undo(app, &lab_desk, second).await.problem(409, "booking_not_pending");
        assert_eq!(app.count("SELECT COUNT(*) FROM booking_pauses").await, 0);
        assert!(may_book(app, &lab, "xiaoming").await);
        let audited = "SELECT COUNT(*) FROM audit_entries WHERE action = 'booking.undo_no_show'";
        assert_eq!(app.count(audited).await, 1);
        let came = "SELECT COUNT(*) FROM bookings WHERE checked_in_at IS NOT NULL AND status = 'checked_in'";
        assert_eq!(app.count(came).await, 1);
    }

    async fn undo_no_show_keeps_the_pause_that_the_others_led_to(app) {
        let lab = app.lab("甲实验室").await;
        let mut bookings = Vec::new();
        // Booked before anybody knew, so that the pause stops none of them.
        for (n, hours) in [(0, 48), (1, 72), (2, 96)] {
            let slot = app.slot(&lab, hours, 1).await;
            bookings.push(confirmed(app, &lab, "xiaoming", slot).await);
            assert_eq!(bookings.len(), n + 1);
        }
        let mut ends = Vec::new();
        for _ in 0..4 {
            app.advance(TimeDelta::hours(25));
            app.drain_jobs().await;
            ends.push(app.text("SELECT CAST(until AS TEXT) FROM booking_pauses").await);
        }
        assert!(ends[1].is_none() && ends[2].is_some() && ends[3] > ends[2], "{ends:?}");
        undo(app, &desk(app, &lab).await, bookings[2]).await.expect(200);
        let until = app.text("SELECT CAST(until AS TEXT) FROM booking_pauses").await;
        assert_eq!(until, ends[2], "as if the last one had never been");
        // For another reason it stays, whatever becomes of the no-shows.
        app.execute("UPDATE booking_pauses SET reason_code = 'abuse'").await;
        undo(app, &desk(app, &lab).await, bookings[1]).await.expect(200);
        assert_eq!(app.count("SELECT COUNT(*) FROM booking_pauses").await, 1);
    }

    async fn undo_no_show_after_its_time_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let booking = missed(app, &lab, "xiaoming").await;
        // The slot ended an hour ago.
        app.advance(TimeDelta::days(7) - TimeDelta::hours(1));
        let on_time = missed(app, &lab, "xiaohong").await;
        undo(app, &desk(app, &lab).await, booking).await.problem(409, "no_show_settled");
        undo(app, &desk(app, &lab).await, on_time).await.expect(200);
    }

    async fn a_scan_that_is_told_late_ends_the_pause_too(app) {
        let lab = app.lab("甲实验室").await;
        missed(app, &lab, "xiaoming").await;
        let second = missed(app, &lab, "xiaoming").await;
        let lab_desk = desk(app, &lab).await;
        let said = outcomes(app, &lab, &lab_desk, &[scan(app, second, 90).await]).await;
        assert_eq!(said, ["checked_in"]);
        assert!(may_book(app, &lab, "xiaoming").await);
    }
}
