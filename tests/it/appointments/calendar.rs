//! A booking as a calendar entry, read by a public parser.

use icalendar::{Calendar, CalendarDateTime, Component as _, DatePerhapsTime, Event};
use serde_json::json;
use tests::{Person, TestApp, backends};
use uuid::Uuid;

use super::{cancel, confirm, id, post};

async fn entry(app: &TestApp, person: &Person, booking: Uuid) -> (Calendar, Event) {
    let path = format!("/api/v1/bookings/{booking}/calendar");
    let reply = app.get(&path).by(person).send().await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("content-type"), "text/calendar; charset=utf-8");
    assert!(reply.header("content-disposition").starts_with("attachment"));
    // RFC 5545, 3.1: lines of at most 75 octets, each ended by CRLF.
    let text = reply.text();
    assert!(text.ends_with("END:VCALENDAR\r\n"));
    assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{text}");
    let calendar: Calendar = text.parse().unwrap();
    let event = calendar.events().next().unwrap().clone();
    (calendar, event)
}

fn local(at: Option<DatePerhapsTime>) -> String {
    match at {
        Some(DatePerhapsTime::DateTime(CalendarDateTime::WithTimezone { date_time, tzid })) => {
            format!("{date_time} {tzid}")
        }
        other => panic!("{other:?}"),
    }
}

backends! {
    async fn get_booking_calendar_follows_the_booking(app) {
        let lab = app.lab("甲、乙；丙实验室").await;
        let slot = app.slot(&lab, 48, 1).await;
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, slot).await;
        let (calendar, waiting) = entry(app, &person, booking).await;
        assert_eq!(calendar.property_value("METHOD"), Some("PUBLISH"));
        assert_eq!(waiting.property_value("STATUS"), Some("TENTATIVE"));
        assert_eq!(waiting.get_uid(), Some(format!("{booking}@booking.sanjin").as_str()));
        assert_eq!(local(waiting.get_start()), "2026-11-22 10:00:00 Asia/Shanghai");
        assert_eq!(local(waiting.get_end()), "2026-11-22 11:00:00 Asia/Shanghai");
        assert!(waiting.get_summary().unwrap().contains("甲、乙；丙实验室"));
        assert_eq!(waiting.components().len(), 1, "an alarm");
        assert!(calendar.to_string().contains("BEGIN:VTIMEZONE"));

        confirm(app, &lab, booking).await.expect(200);
        let (_, confirmed) = entry(app, &person, booking).await;
        assert_eq!(confirmed.property_value("STATUS"), Some("CONFIRMED"));
        assert!(confirmed.get_sequence() > waiting.get_sequence());
        cancel(app, &person, booking).await.expect(200);
        let (calendar, gone) = entry(app, &person, booking).await;
        assert_eq!(calendar.property_value("METHOD"), Some("CANCEL"));
        assert_eq!(gone.property_value("STATUS"), Some("CANCELLED"));
        assert!(gone.get_sequence() > confirmed.get_sequence() && gone.get_uid() == waiting.get_uid());
        assert!(gone.components().is_empty(), "an alarm of what does not happen");
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
        assert_eq!(calendar.property_value("METHOD"), Some("PUBLISH"));
        assert_eq!(after.get_uid(), before.get_uid());
        assert!(after.get_sequence() > before.get_sequence(), "else it stays cancelled");
        assert_eq!(local(after.get_start()), "2026-11-23 10:00:00 Asia/Shanghai");
    }
}
