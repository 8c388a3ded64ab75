//! Slots at a stop: of its lab, within its hours.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Person, Role, backends, read_calendar, with};
use uuid::Uuid;

use super::{STAFF_STOPS, edit, end, id, slot_at, stop, stop_body, update};

/// Longer than a request takes.
const SETTLED: TimeDelta = TimeDelta::seconds(16);

backends! {
    async fn create_slot_at_a_stop_lies_within_its_hours(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let (own, foreign) = (stop(app, &lab, "甲社区", 2).await, stop(app, &other, "乙社区", 2).await);
        // The stop is open from 48 to 54 hours from now.
        for (from, until) in [(47, 49), (53, 55), (24, 25), (72, 73)] {
            slot_at(app, &lab, own, from, until).await.invalid("stop_id");
        }
        for stop in [foreign, Uuid::nil()] {
            slot_at(app, &lab, stop, 48, 49).await.problem(404, "not_found");
        }
        let slot = slot_at(app, &lab, own, 48, 54).await.expect(201);
        assert_eq!(slot["stop_id"], own.to_string());
        slot_at(app, &lab, own, 48, 49).await.problem(409, "slot_exists");
        // At another stop, and at the lab itself, the same time is another slot.
        let second = stop(app, &lab, "丙社区", 2).await;
        slot_at(app, &lab, second, 48, 49).await.expect(201);
        app.slot(&lab, 48, 1).await;
        let at_stop = app.walk(&format!("/api/v1/slots?stop_id={own}"), None, 5).await;
        assert_eq!(at_stop, [slot]);
        assert_eq!(app.walk("/api/v1/slots", None, 2).await.len(), 3);
        app.get("/api/v1/slots?stop_id=7").send().await.problem(422, "validation_failed");
        let person = app.resident("xiaoming").await;
        let booking = app.booking(&person, id(&at_stop[0])).await;
        // Whoever comes goes to the stop, not to the lab.
        let seen = app.get(&format!("/api/v1/bookings/{booking}")).by(&person).send().await;
        assert_eq!(seen.expect(200)["slot"]["stop_id"], own.to_string());
        let entry = app.get(&format!("/api/v1/bookings/{booking}/calendar")).by(&person);
        let entry = read_calendar(&entry.send().await.text());
        assert_eq!(entry.events[0].location, "甲社区 东城区示范社区 1 号");
    }

    async fn update_stop_tells_who_booked_that_it_is_elsewhere(app) {
        let lab = app.lab("甲实验室").await;
        let stop = stop(app, &lab, "甲社区", 2).await;
        let slot = id(&slot_at(app, &lab, stop, 48, 49).await.expect(201));
        let people = app.residents(4).await;
        let [comes, gone, away, late] = &people[..] else { unreachable!() };
        let booking = app.booking(comes, slot).await;
        let cancelled = app.booking(gone, slot).await;
        let path = format!("/api/v1/bookings/{cancelled}/cancellation");
        app.post(&path).by(gone).json(json!({})).send().await.expect(200);
        app.booking(away, app.slot(&lab, 48, 1).await).await;
        app.advance(TimeDelta::seconds(1));
        let body = edit(&stop_body(&lab, "甲社区", 2));
        let told = async |person: &Person| {
            let inbox = app.walk("/api/v1/notifications", Some(person), 9).await;
            let of_place = |notice: &&Value| notice["kind"] == "booking_place_changed";
            inbox.iter().filter(of_place).map(|notice| notice["subject_id"].clone()).collect::<Vec<_>>()
        };
        let calendar = async || {
            let entry = app.get(&format!("/api/v1/bookings/{booking}/calendar")).by(comes);
            read_calendar(&entry.send().await.text()).events.remove(0)
        };
        let before = calendar().await;
        // What is said of it beside changes nothing for who comes.
        update(app, &lab, stop, "\"0\"", with(&body, "note", json!("带伞。"))).await.expect(200);
        app.drain_jobs().await;
        assert_eq!(told(comes).await, Vec::<Value>::new());
        let moved = with(&body, "address", json!("东城区示范社区 9 号"));
        update(app, &lab, stop, "\"1\"", moved.clone()).await.expect(200);
        // Not before those are done who may have read what was true before.
        app.drain_jobs().await;
        assert_eq!(told(comes).await, Vec::<Value>::new());
        app.advance(SETTLED);
        app.booking(late, slot).await;
        for _ in 0..2 {
            app.drain_jobs().await;
            assert_eq!(told(comes).await, [json!(booking)]);
        }
        for person in [gone, away, late] {
            assert_eq!(told(person).await, Vec::<Value>::new());
        }
        let after = calendar().await;
        assert_eq!((after.uid, after.location.as_str()), (before.uid, "甲社区 东城区示范社区 9 号"));
        assert!(after.sequence > before.sequence, "calendars keep what has no later number");
        app.advance(TimeDelta::seconds(1));
        update(app, &lab, stop, "\"2\"", with(&moved, "name", json!("乙社区"))).await.expect(200);
        app.advance(SETTLED);
        app.drain_jobs().await;
        assert_eq!(told(comes).await.len(), 2);
        assert_eq!(told(late).await.len(), 1);
    }

    async fn update_stop_tells_nobody_who_has_no_place_there(app) {
        let lab = app.lab("甲实验室").await;
        let stop = stop(app, &lab, "甲社区", 2).await;
        let slot = id(&slot_at(app, &lab, stop, 48, 49).await.expect(201));
        let people = app.residents(5).await;
        for person in &people[..3] {
            app.booking(person, slot).await;
        }
        let form = json!({ "slot_id": slot, "product_name": "玩具" });
        let waits = app.post("/api/v1/waitlist-entries").by(&people[3]).json(form).send().await;
        waits.expect(201);
        app.advance(TimeDelta::seconds(1));
        let moved = with(&edit(&stop_body(&lab, "甲社区", 2)), "address", json!("新址 1 号"));
        let told = "SELECT COUNT(*) FROM notifications WHERE kind = 'booking_place_changed'";
        // Twice at once is told once.
        update(app, &lab, stop, "\"0\"", moved.clone()).await.expect(200);
        let again = with(&moved, "address", json!("新址 2 号"));
        update(app, &lab, stop, "\"1\"", again).await.expect(200);
        app.advance(SETTLED);
        app.drain_jobs().await;
        assert_eq!(app.count(told).await, 3);
        app.advance(TimeDelta::seconds(1));
        let third = with(&moved, "address", json!("新址 3 号"));
        update(app, &lab, stop, "\"2\"", third).await.expect(200);
        end(app, &lab, stop, "cancellation").await.expect(200);
        app.advance(SETTLED);
        app.drain_jobs().await;
        assert_eq!(app.count(told).await, 3, "there is nowhere to go");
    }

    async fn update_stop_tells_more_than_one_batch(app) {
        let lab = app.lab("甲实验室").await;
        let stop = stop(app, &lab, "甲社区", 2).await;
        let slot = id(&slot_at(app, &lab, stop, 48, 49).await.expect(201));
        app.execute("UPDATE slots SET capacity = 130").await;
        for person in app.residents(130).await {
            app.booking(&person, slot).await;
        }
        let moved = with(&edit(&stop_body(&lab, "甲社区", 2)), "address", json!("新址 1 号"));
        update(app, &lab, stop, "\"0\"", moved).await.expect(200);
        app.advance(SETTLED);
        app.drain_jobs().await;
        let notices = "SELECT COUNT(DISTINCT account_id) FROM notifications";
        assert_eq!(app.count(notices).await, 130);
        assert_eq!(app.count("SELECT COUNT(*) FROM notifications").await, 130);
    }

    async fn update_stop_keeps_the_slots_somebody_may_come_to(app) {
        let lab = app.lab("甲实验室").await;
        let stop = stop(app, &lab, "甲社区", 2).await;
        let slot = id(&slot_at(app, &lab, stop, 48, 49).await.expect(201));
        let mut body = stop_body(&lab, "甲社区", 2);
        body.as_object_mut().unwrap().remove("lab_id");
        let put = async |version: &str, starts_at: &str| {
            let body = with(&body, "starts_at", json!(starts_at));
            let put = app.put(&format!("{STAFF_STOPS}/{stop}")).by(&lab.staff);
            put.header("if-match", version).json(body).send().await
        };
        put("\"0\"", "2026-11-22T02:00:00.000001Z").await.problem(409, "stop_has_slots");
        put("\"0\"", "2026-11-22T01:00:00Z").await.expect(200);
        // Closed and empty, it is in nobody's way.
        let path = format!("/api/v1/staff/slots/{slot}/closure");
        app.post(&path).by(&lab.staff).send().await.expect(200);
        put("\"1\"", "2026-11-22T03:00:00Z").await.expect(200);
    }

    async fn create_slot_at_a_stop_that_ended_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let (cancelled, done) = (stop(app, &lab, "甲社区", 2).await, stop(app, &lab, "乙社区", 1).await);
        end(app, &lab, cancelled, "cancellation").await.expect(200);
        slot_at(app, &lab, cancelled, 48, 49).await.problem(409, "stop_not_planned");
        app.drain_jobs().await;
        let late = id(&slot_at(app, &lab, done, 29, 30).await.expect(201));
        app.advance(TimeDelta::hours(24));
        let staff = app.staff(Role::LabStaff, &format!("lab:{}", lab.id)).await;
        let lab = tests::Lab { staff, ..lab };
        end(app, &lab, done, "completion").await.expect(200);
        slot_at(app, &lab, done, 5, 6).await.problem(409, "stop_not_planned");
        let book = app.post("/api/v1/bookings").by(&app.resident("xiaoming").await);
        let book = book.json(json!({ "slot_id": late, "product_name": "玩具" })).send().await;
        book.problem(409, "slot_closed");
    }
}
