//! The door: codes that turn, codes on paper, and who did not come.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Lab, Person, Role, TestApp, TestResponse, backends, wide_pool};
use uuid::Uuid;

use super::{book, confirm, counters, read};

async fn code(app: &TestApp, person: &Person, booking: Uuid) -> Value {
    let path = format!("/api/v1/bookings/{booking}/check-in-code");
    app.get(&path).by(person).send().await.expect(200)
}

async fn scan(app: &TestApp, staff: &Person, input: Value) -> TestResponse {
    app.post("/api/v1/staff/check-ins").by(staff).json(input).send().await
}

/// The lab's staff, logged in for today.
async fn desk(app: &TestApp, lab: &Lab) -> Person {
    app.staff(Role::LabStaff, &format!("lab:{}", lab.id)).await
}

/// A confirmed booking on whose day it is: half an hour before it begins.
async fn today(app: &TestApp, lab: &Lab, name: &str) -> (Person, Uuid) {
    let slot = app.slot(lab, 48, 1).await;
    let booking = app.booking(&app.resident(name).await, slot).await;
    confirm(app, lab, booking).await.expect(200);
    app.advance(TimeDelta::minutes(48 * 60 - 30));
    app.drain_jobs().await;
    (app.resident(name).await, booking)
}

backends! {
    async fn check_in_takes_the_code_of_the_moment_once(app) {
        let lab = app.lab("甲实验室").await;
        let (person, booking) = today(app, &lab, "xiaoming").await;
        let desk = desk(app, &lab).await;
        let shown = code(app, &person, booking).await;
        assert_eq!(shown["expires_at"], "2026-11-22T01:32:00Z");
        let entered = scan(app, &desk, json!({ "code": shown["code"], "place": "东门" })).await.expect(200);
        assert_eq!((&entered["status"], &entered["id"]), (&json!("checked_in"), &json!(booking)));
        assert_eq!(counters(app).await, (0, 1));
        // Copied, or scanned at another door.
        scan(app, &desk, json!({ "code": shown["code"] })).await.problem(409, "already_checked_in");
        let path = format!("/api/v1/bookings/{booking}/check-in-code");
        app.get(&path).by(&person).send().await.problem(409, "booking_not_pending");
        let entries = "SELECT COUNT(*) FROM audit_entries WHERE action = 'booking.check_in'";
        assert_eq!(app.count(entries).await, 1);
        assert_eq!(app.text("SELECT checked_in_place FROM bookings").await.as_deref(), Some("东门"));
    }

    async fn check_in_by_a_picture_reads_as_the_code(app) {
        let lab = app.lab("甲实验室").await;
        let (person, booking) = today(app, &lab, "xiaoming").await;
        let path = format!("/api/v1/bookings/{booking}/check-in-picture");
        let reply = app.get(&path).by(&person).send().await;
        assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "image/png"));
        assert_eq!(reply.header("cache-control"), "no-store");
        let picture = image::load_from_memory(&reply.body).unwrap().to_luma8();
        let mut picture = rqrr::PreparedImage::prepare(picture);
        let grids = picture.detect_grids();
        let (_, text) = grids[0].decode().unwrap();
        assert_eq!(text, code(app, &person, booking).await["code"]);
        scan(app, &desk(app, &lab).await, json!({ "code": text })).await.expect(200);
    }

    async fn check_in_with_a_wrong_or_old_code_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let (person, booking) = today(app, &lab, "xiaoming").await;
        let desk = desk(app, &lab).await;
        let shown = code(app, &person, booking).await;
        let text = shown["code"].as_str().unwrap();
        let parts: Vec<&str> = text.split('.').collect();
        let [version, id, _, signature] = parts[..] else { panic!("{text}") };
        let later = [version, id, "1999999999", signature].join(".");
        let (short, last) = text.split_at_checked(text.len() - 1).unwrap();
        let forged = format!("{short}{}", if last == "0" { "1" } else { "0" });
        for wrong in [later.as_str(), &forged, short, "v1", "", "https://example.com/"] {
            scan(app, &desk, json!({ "code": wrong })).await.problem(422, "check_in_code_invalid");
        }
        // Another lab's desk learns nothing, not even that there is such a booking.
        let elsewhere = app.lab("乙实验室").await;
        let other = app.staff(Role::LabStaff, &format!("lab:{}", elsewhere.id)).await;
        scan(app, &other, json!({ "code": text })).await.problem(404, "not_found");
        scan(app, &person, json!({ "code": text })).await.problem(401, "token_invalid");
        app.advance(TimeDelta::seconds(120));
        scan(app, &desk, json!({ "code": text })).await.problem(409, "check_in_code_expired");
        assert_eq!(read(app, &person, booking).await["status"], "confirmed");
        scan(app, &desk, json!({ "code": code(app, &person, booking).await["code"] })).await.expect(200);
    }

    async fn check_in_by_what_stands_on_paper(app) {
        let lab = app.lab("甲实验室").await;
        let (person, booking) = today(app, &lab, "xiaoming").await;
        let desk = desk(app, &lab).await;
        let shown = code(app, &person, booking).await;
        let (public, pin) = (shown["public_code"].clone(), shown["pin"].as_str().unwrap().to_owned());
        assert!(app.tables_with(&pin).await.is_empty(), "the PIN is stored in clear");
        let wrong = if pin == "000000" { "000001" } else { "000000" };
        scan(app, &desk, json!({ "public_code": public, "pin": wrong })).await.problem(422, "check_in_code_invalid");
        scan(app, &desk, json!({ "public_code": "NOBODYS", "pin": pin })).await.problem(404, "not_found");
        for half in [json!({ "public_code": public }), json!({ "pin": pin }), json!({}),
                     json!({ "code": shown["code"], "pin": pin, "public_code": public })] {
            scan(app, &desk, half).await.invalid("code");
        }
        scan(app, &desk, json!({ "public_code": public, "pin": "12345" })).await.invalid("pin");
        let lower = public.as_str().unwrap().to_lowercase();
        scan(app, &desk, json!({ "public_code": lower, "pin": pin })).await.expect(200);
    }

    async fn check_in_too_early_and_of_what_is_not_confirmed_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, app.slot(&lab, 48, 1).await).await;
        let path = format!("/api/v1/bookings/{booking}/check-in-code");
        app.get(&path).by(&person).send().await.problem(409, "booking_not_pending");
        app.get(&path).by(&app.resident("dahei").await).send().await.problem(404, "not_found");
        confirm(app, &lab, booking).await.expect(200);
        let shown = code(app, &person, booking).await;
        scan(app, &lab.staff, json!({ "code": shown["code"] })).await.problem(409, "check_in_closed");
    }

    async fn check_in_at_many_doors_at_once_lets_in_once(app, config => { wide_pool(config); }) {
        let lab = app.lab("甲实验室").await;
        let (person, booking) = today(app, &lab, "xiaoming").await;
        let desk = desk(app, &lab).await;
        let shown = code(app, &person, booking).await;
        let scans = join_all((0..12).map(|_| scan(app, &desk, json!({ "code": shown["code"] })))).await;
        let (entered, late): (Vec<_>, Vec<_>) = scans.iter().partition(|reply| reply.status == 200);
        assert_eq!(entered.len(), 1);
        late.iter().for_each(|reply| drop(reply.problem(409, "already_checked_in")));
    }

    async fn who_does_not_come_twice_pauses_and_the_pause_ends(app) {
        let lab = app.lab("甲实验室").await;
        for missed in 1..=2 {
            let lab = Lab { staff: desk(app, &lab).await, ..lab.clone() };
            let (_, booking) = today(app, &lab, "xiaoming").await;
            // The end of the slot and the grace.
            app.advance(TimeDelta::minutes(119));
            app.drain_jobs().await;
            let mine = format!("SELECT status FROM bookings WHERE id = {}", app.literal(booking));
            assert_eq!(app.text(&mine).await.as_deref(), Some("confirmed"));
            app.advance(TimeDelta::minutes(1));
            app.drain_jobs().await;
            let person = app.resident("xiaoming").await;
            assert_eq!(read(app, &person, booking).await["status"], "no_show");
            let inbox = app.walk("/api/v1/notifications", Some(&person), 20).await;
            assert_eq!(inbox[0]["kind"], "booking_no_show");
            let shown = scan(app, &desk(app, &lab).await, json!({ "public_code": "X", "pin": "000000" })).await;
            shown.problem(404, "not_found");
            let pauses = app.count("SELECT COUNT(*) FROM booking_pauses").await;
            assert_eq!(pauses, i64::from(missed == 2));
        }
        let person = app.resident("xiaoming").await;
        let lab = Lab { staff: desk(app, &lab).await, ..lab };
        let slot = app.slot(&lab, 48, 1).await;
        book(app, &person, slot).await.problem(409, "booking_paused");
        app.advance(TimeDelta::days(30));
        let lab = Lab { staff: desk(app, &lab).await, ..lab };
        let person = app.resident("xiaoming").await;
        book(app, &person, app.slot(&lab, 48, 1).await).await.expect(201);
    }
}
