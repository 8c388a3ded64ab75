//! A stop is called off: nobody new comes in, and everybody who booked is told.

use chrono::TimeDelta;
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use tests::{Lab, Person, TestApp, TestResponse, backends};
use uuid::Uuid;

use super::{STAFF_STOPS, end, id, slot_at, stop};

async fn book(app: &TestApp, person: &Person, slot: Uuid) -> TestResponse {
    let body = json!({ "slot_id": slot, "product_name": "玩具" });
    app.post("/api/v1/bookings").by(person).json(body).send().await
}

async fn confirm(app: &TestApp, lab: &Lab, booking: Uuid) {
    let path = format!("/api/v1/staff/bookings/{booking}/confirmation");
    app.post(&path).by(&lab.staff).send().await.expect(200);
}

async fn read(app: &TestApp, person: &Person, booking: Uuid) -> Value {
    app.get(&format!("/api/v1/bookings/{booking}")).by(person).send().await.expect(200)
}

/// The kinds of somebody's notices, newest first.
async fn told(app: &TestApp, person: &Person) -> Vec<String> {
    let inbox = app.walk("/api/v1/notifications", Some(person), 9).await;
    inbox.iter().map(|notice| notice["kind"].as_str().unwrap().to_owned()).collect()
}

const NOBODY: &str = "SELECT COUNT(*) FROM slots WHERE held + booked > 0";

backends! {
    async fn cancel_stop_cancels_its_bookings_as_the_lab_does(app) {
        let lab = app.lab("甲实验室").await;
        let stop = stop(app, &lab, "甲社区", 2).await;
        let slot = id(&slot_at(app, &lab, stop, 48, 49).await.expect(201));
        let elsewhere = app.slot(&lab, 48, 1).await;
        let mut people = Vec::new();
        for name in ["a", "b", "c", "d"] {
            people.push(app.resident(name).await);
        }
        let [confirmed, pending, held, waiting] = &people[..] else { unreachable!() };
        let first = id(&book(app, confirmed, slot).await.expect(201));
        confirm(app, &lab, first).await;
        let second = id(&book(app, pending, slot).await.expect(201));
        let hold = app.post("/api/v1/holds").by(held).json(json!({ "slot_id": slot })).send().await;
        let third = id(&hold.expect(201));
        let body = json!({ "slot_id": slot, "product_name": "玩具" });
        let line = app.post("/api/v1/waitlist-entries").by(waiting).json(body).send().await;
        let fourth = id(&line.expect(201));
        let kept = id(&book(app, waiting, elsewhere).await.expect(201));

        let path = format!("{STAFF_STOPS}/{stop}/cancellation");
        let why = json!({ "reason_code": "site_closed", "reason": "社区场地停用" });
        app.refuses_each(|| app.post(&path).by(&lab.staff), &why, [
            ("reason_code", json!("lazy")), ("reason", json!("无")), ("reason", json!("x".repeat(201))),
            ("refund", json!(1)),
        ]).await;
        let stale = app.post(&path).by(&lab.staff).header("if-match", "\"7\"").json(why.clone());
        stale.send().await.problem(412, "stale_version");
        // The newest notice is listed first.
        app.advance(TimeDelta::seconds(1));
        end(app, &lab, stop, "cancellation").await.expect(200);
        // From that moment on nobody comes in, before anybody was cancelled.
        let late = app.resident("late").await;
        book(app, &late, slot).await.problem(409, "slot_closed");
        assert_eq!(read(app, confirmed, first).await["status"], "confirmed");
        end(app, &lab, stop, "cancellation").await.problem(409, "stop_not_planned");
        app.drain_jobs().await;

        for (person, booking, status, notices) in [
            (confirmed, first, "cancelled_by_lab", &["booking_cancelled", "booking_confirmed"][..]),
            (pending, second, "rejected", &["booking_rejected"]),
            (held, third, "cancelled_by_user", &[]),
            (waiting, fourth, "cancelled_by_user", &["booking_cancelled"]),
        ] {
            let seen = read(app, person, booking).await;
            assert_eq!([&seen["status"], &seen["reason"]], [status, "社区场地停用"]);
            assert_eq!(seen["reason_code"], "site_closed");
            assert_eq!(told(app, person).await, notices, "{status}");
            assert_eq!(seen["priority_until"].is_null(), booking == third, "{status}");
        }
        assert_eq!(read(app, waiting, kept).await["status"], "pending_lab");
        assert_eq!(app.count(NOBODY).await, 1);
        let trail = "SELECT COUNT(*) FROM audit_entries WHERE action IN ('stop.cancel', 'booking.cancel')";
        assert_eq!(app.count(trail).await, 5);
    }

    async fn cancel_stop_cancels_more_than_one_batch(app) {
        let lab = app.lab("甲实验室").await;
        let stop = stop(app, &lab, "甲社区", 2).await;
        let mut slots = Vec::new();
        for hour in 48..54 {
            slots.push(id(&slot_at(app, &lab, stop, hour, hour + 1).await.expect(201)));
        }
        app.execute("UPDATE slots SET capacity = 50").await;
        let people = app.residents(130).await;
        for (person, slot) in people.iter().zip(slots.iter().cycle()) {
            book(app, person, *slot).await.expect(201);
        }
        end(app, &lab, stop, "cancellation").await.expect(200);
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM bookings WHERE status = 'rejected'").await, 130);
        assert_eq!(app.count("SELECT COUNT(*) FROM notifications").await, 130);
        assert_eq!(app.count(NOBODY).await, 0);
        let runs = "SELECT COUNT(*) FROM jobs WHERE kind = 'stop.call_off' AND status = 'done'";
        assert_eq!(app.count(runs).await, 2);
    }

    /// Bookings, decisions, new slots and the cancellation all at once: when the dust has settled
    /// nobody has a place at a stop that is not held.
    async fn nobody_keeps_a_place_at_a_stop_that_is_called_off_meanwhile(app) {
        let lab = app.lab("甲实验室").await;
        let stop = stop(app, &lab, "甲社区", 2).await;
        let slot = id(&slot_at(app, &lab, stop, 48, 49).await.expect(201));
        app.execute("UPDATE slots SET capacity = 40").await;
        let people = app.residents(30).await;
        let (early, late) = people.split_at(10);
        let mut early_bookings = Vec::new();
        for person in early {
            early_bookings.push(id(&book(app, person, slot).await.expect(201)));
        }
        let bookings = join_all(late.iter().map(|person| book(app, person, slot)));
        let decisions = join_all(early_bookings.iter().map(|booking| {
            let path = format!("/api/v1/staff/bookings/{booking}/confirmation");
            app.post(&path).by(&lab.staff).send()
        }));
        let more = join_all((49..53).map(|hour| slot_at(app, &lab, stop, hour, hour + 1)));
        let endings = join(end(app, &lab, stop, "cancellation"), end(app, &lab, stop, "cancellation"));
        let ((booked, decided), (made, (one, other))) =
            join(join(bookings, decisions), join(more, endings)).await;
        for reply in booked.iter().chain(&made) {
            assert!([201, 409].contains(&reply.status.as_u16()), "{}", reply.text());
        }
        decided.iter().for_each(|reply| drop(reply.expect(200)));
        let mut ended = [one.status.as_u16(), other.status.as_u16()];
        ended.sort_unstable();
        assert_eq!(ended, [200, 409]);
        app.drain_jobs().await;
        assert_eq!(app.count(NOBODY).await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM slots WHERE status = 'open'").await, 0);
        let open = "SELECT COUNT(*) FROM bookings WHERE status IN ('pending_lab', 'confirmed')";
        assert_eq!(app.count(open).await, 0);
    }
}
