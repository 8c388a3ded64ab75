//! A booking as a calendar entry, read by a public parser.

use serde_json::json;
use tests::{Calendar, Event, Person, TestApp, backends, read_calendar};
use uuid::Uuid;

use super::{cancel, confirm, id, post};

async fn entry(app: &TestApp, person: &Person, booking: Uuid) -> (Calendar, Event) {
    let path = format!("/api/v1/bookings/{booking}/calendar");
    let reply = app.get(&path).by(person).send().await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("content-type"), "text/calendar; charset=utf-8");
    assert!(reply.header("content-disposition").starts_with("attachment"));
    let calendar = read_calendar(&reply.text());
    let event = calendar.events[0].clone();
    (calendar, event)
}

backends! {
    async fn get_booking_calendar_follows_the_booking(app) {
        let lab = app.lab("甲、乙；丙实验室").await;
        let slot = app.slot(&lab, 48, 1).await;
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, slot).await;
        let (calendar, waiting) = entry(app, &person, booking).await;
        assert_eq!((calendar.method.as_str(), calendar.zones), ("PUBLISH", 1));
        assert_eq!(waiting.status, "TENTATIVE");
        assert_eq!(waiting.uid, format!("{booking}@booking.sanjin"));
        assert_eq!(waiting.starts, "2026-11-22 10:00:00 Asia/Shanghai");
        assert_eq!(waiting.ends, "2026-11-22 11:00:00 Asia/Shanghai");
        assert!(waiting.summary.contains("甲、乙；丙实验室"));
        assert_eq!(waiting.alarms, 1);

        confirm(app, &lab, booking).await.expect(200);
        let (_, confirmed) = entry(app, &person, booking).await;
        assert_eq!(confirmed.status, "CONFIRMED");
        assert!(confirmed.sequence > waiting.sequence);
        cancel(app, &person, booking).await.expect(200);
        let (calendar, gone) = entry(app, &person, booking).await;
        assert_eq!((calendar.method.as_str(), gone.status.as_str()), ("CANCEL", "CANCELLED"));
        assert!(gone.sequence > confirmed.sequence && gone.uid == waiting.uid);
        assert_eq!(gone.alarms, 0, "an alarm of what does not happen");
        let stranger = app.resident("dahei").await;
        let path = format!("/api/v1/bookings/{booking}/calendar");
        app.get(&path).by(&stranger).send().await.problem(404, "not_found");
    }

    async fn get_booking_calendar_moves_the_entry_with_the_booking(app) {
        let lab = app.lab("甲实验室").await;
        let (slot, later) = (app.slot(&lab, 48, 1).await, app.slot(&lab, 72, 1).await);
        let person = app.resident("xiaoming").await;
        let first = app.booking(&person, slot).await;
        confirm(app, &lab, first).await.expect(200);
        let path = format!("/bookings/{first}/reschedule");
        let moved = post(app, &person, &path, json!({ "slot_id": later })).await.expect(201);
        let (_, before) = entry(app, &person, first).await;
        let (calendar, after) = entry(app, &person, id(&moved)).await;
        assert_eq!(calendar.method, "PUBLISH");
        assert_eq!(after.uid, before.uid);
        assert!(after.sequence > before.sequence, "else it stays cancelled");
        assert_eq!(after.starts, "2026-11-23 10:00:00 Asia/Shanghai");
    }
}
