//! A lab without an accreditation tests for nobody, from the midnight after its last day in China.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tests::{Lab, Person, Role, TestApp, TestResponse, backends};
use uuid::Uuid;

use super::{STAFF_LABS, id};

async fn book(app: &TestApp, person: &Person, slot_id: Uuid) -> TestResponse {
    let body = json!({ "slot_id": slot_id, "product_name": "玩具" });
    app.post("/api/v1/bookings").by(person).json(body).send().await
}

/// Lets the accreditation of a lab end on 22 November.
async fn short(app: &TestApp, lab: &Lab) {
    app.execute("UPDATE lab_accreditations SET valid_until = '2026-11-22'").await;
    let lab = app.literal(lab.id);
    app.execute(&format!("UPDATE labs SET accredited_until = '2026-11-22' WHERE id = {lab}")).await;
}

fn to(app: &TestApp, instant: &str) {
    let at: DateTime<Utc> = instant.parse().unwrap();
    app.advance(at - app.now());
}

async fn service(app: &TestApp, lab: &Lab, kind: &str) -> Lab {
    let admin = app.staff(Role::HqAdmin, "country").await;
    let path = format!("{STAFF_LABS}/{}/services", lab.id);
    let body = json!({ "kind": kind, "name": kind });
    let seen = app.post(&path).by(&admin).json(body).send().await.expect(201);
    let is_it = |one: &&Value| one["name"] == kind;
    let found = seen["services"].as_array().unwrap().iter().find(is_it).map(id);
    Lab { service_id: found.unwrap(), ..lab.clone() }
}

const LAST: &str = "2026-11-22T15:59:59.999999Z";
const OVER: &str = "2026-11-22T16:00:00Z";

backends! {
    async fn a_lab_takes_bookings_until_midnight_in_china_of_its_last_day(app) {
        let lab = app.lab("甲实验室").await;
        let talks = service(app, &lab, "consultation").await;
        let (slot, talk) = (app.slot(&lab, 96, 9).await, app.slot(&talks, 96, 9).await);
        short(app, &lab).await;
        let slots = async || app.walk("/api/v1/slots", None, 5).await.len();
        to(app, LAST);
        assert_eq!(slots().await, 2);
        book(app, &app.resident("xiaoming").await, slot).await.expect(201);
        to(app, OVER);
        assert_eq!(slots().await, 1);
        let person = app.resident("xiaohong").await;
        book(app, &person, slot).await.problem(409, "lab_not_accredited");
        let hold = app.post("/api/v1/holds").by(&person).json(json!({ "slot_id": slot }));
        hold.send().await.problem(409, "lab_not_accredited");
        book(app, &person, talk).await.expect(201);
        // Nor does the desk book for somebody.
        let desk = app.staff(Role::LabStaff, &format!("lab:{}", lab.id)).await;
        let body = json!({
            "slot_id": slot, "product_name": "玩具", "channel": "phone",
            "beneficiary": { "name": "张先生", "phone": "13900139000" },
        });
        let post = app.post("/api/v1/staff/bookings").by(&desk).json(body);
        post.send().await.problem(409, "lab_not_accredited");
        let seen = app.get(&format!("/api/v1/labs/{}", lab.id)).send().await.expect(200);
        assert_eq!([&seen["is_accredited"], &seen["accreditations"]], [&json!(false), &json!([])]);
        // Renewed, it goes on.
        app.accredited(lab.id, "2032-11-22").await;
        book(app, &person, slot).await.expect(201);
        assert_eq!(slots().await, 2);
    }

    async fn what_was_asked_for_in_time_is_not_promised_after_midnight(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 96, 9).await;
        let on = (app.now() + TimeDelta::hours(96 + 8)).date_naive();
        short(app, &lab).await;
        to(app, "2026-11-22T15:55:00Z");
        let (asked, held) = (app.resident("asked").await, app.resident("held").await);
        let pending = app.booking(&asked, slot).await;
        let hold = app.post("/api/v1/holds").by(&held).json(json!({ "slot_id": slot }));
        let hold = id(&hold.send().await.expect(201));
        to(app, OVER);
        let desk = app.staff(Role::LabStaff, &format!("lab:{}", lab.id)).await;
        let confirm = async || {
            app.post(&format!("/api/v1/staff/bookings/{pending}/confirmation")).by(&desk).send().await
        };
        confirm().await.problem(409, "lab_not_accredited");
        let send = async || {
            let path = format!("/api/v1/bookings/{hold}/request");
            app.post(&path).by(&held).json(json!({ "product_name": "玩具" })).send().await
        };
        send().await.problem(409, "lab_not_accredited");
        // Neither is it offered, wherever the booking is read.
        let reads = async || {
            let mut seen = Vec::new();
            for (path, who, booking) in [
                (format!("/api/v1/bookings/{hold}"), &held, hold),
                ("/api/v1/bookings".to_owned(), &held, hold),
                (format!("/api/v1/staff/bookings/{pending}"), &desk, pending),
                ("/api/v1/staff/bookings".to_owned(), &desk, pending),
                (format!("/api/v1/staff/visits?on={on}"), &desk, pending),
            ] {
                let page = app.get(&path).by(who).send().await.expect(200);
                let rows = page["items"].as_array().cloned().unwrap_or_else(|| vec![page.clone()]);
                let row = rows.iter().find(|row| id(row) == booking).unwrap();
                seen.push(row["allowed_actions"].clone());
            }
            seen
        };
        let (mine, theirs) = (json!(["cancel"]), json!(["reject"]));
        assert_eq!(reads().await, [&mine, &mine, &theirs, &theirs, &theirs].map(Value::clone));
        let many = app.post("/api/v1/staff/booking-confirmations").by(&desk);
        let many = many.json(json!({ "booking_ids": [pending] })).send().await.expect(200);
        let outcome = &many["outcomes"][0];
        assert_eq!(outcome["code"], "lab_not_accredited");
        assert_eq!(outcome["booking"]["allowed_actions"], theirs);
        // Nothing of it happened; renewed, it can.
        app.accredited(lab.id, "2032-11-22").await;
        let (mine, theirs) = (json!(["request", "cancel"]), json!(["confirm", "reject"]));
        assert_eq!(reads().await, [&mine, &mine, &theirs, &theirs, &theirs].map(Value::clone));
        confirm().await.expect(200);
        send().await.expect(200);
    }

    async fn an_offer_is_not_taken_after_midnight_and_advice_may_still_be_promised(app) {
        let lab = app.lab("甲实验室").await;
        let talks = service(app, &lab, "consultation").await;
        let (slot, talk) = (app.slot(&lab, 96, 1).await, app.slot(&talks, 96, 1).await);
        short(app, &lab).await;
        to(app, "2026-11-22T15:55:00Z");
        let (first, second) = (app.resident("first").await, app.resident("second").await);
        let booking = app.booking(&first, slot).await;
        let advice = app.booking(&first, talk).await;
        let body = json!({ "slot_id": slot, "product_name": "玩具" });
        let join = app.post("/api/v1/waitlist-entries").by(&second).json(body).send().await;
        let entry = id(&join.expect(201));
        let path = format!("/api/v1/bookings/{booking}/cancellation");
        app.post(&path).by(&first).json(json!({})).send().await.expect(200);
        to(app, OVER);
        let accept = async || {
            app.post(&format!("/api/v1/bookings/{entry}/acceptance")).by(&second).send().await
        };
        accept().await.problem(409, "lab_not_accredited");
        let desk = app.staff(Role::LabStaff, &format!("lab:{}", lab.id)).await;
        let path = format!("/api/v1/staff/bookings/{advice}/confirmation");
        app.post(&path).by(&desk).send().await.expect(200);
        app.accredited(lab.id, "2032-11-22").await;
        assert_eq!(accept().await.expect(200)["status"], "pending_lab");
    }

    async fn every_kind_of_test_needs_an_accreditation(app) {
        let lab = app.lab("甲实验室").await;
        for (kind, may) in [
            ("free_testing", false), ("authenticity_check", false), ("sample_drop_off", false),
            ("courier_sample", false), ("consultation", true), ("open_day", true),
        ] {
            let offer = service(app, &lab, kind).await;
            let slot = app.slot(&offer, 48, 9).await;
            app.execute("UPDATE labs SET accredited_until = NULL").await;
            let person = app.resident(kind).await;
            let reply = book(app, &person, slot).await;
            if may { reply.expect(201); } else { reply.problem(409, "lab_not_accredited"); }
            app.execute("UPDATE labs SET accredited_until = '2026-11-20'").await;
            if !may { book(app, &person, slot).await.expect(201); }
        }
    }

    async fn nobody_waits_for_a_place_that_will_not_be_given(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 96, 1).await;
        let (first, second, third) =
            (app.resident("a").await, app.resident("b").await, app.resident("c").await);
        let booking = id(&book(app, &first, slot).await.expect(201));
        let join = async |person: &Person| {
            let body = json!({ "slot_id": slot, "product_name": "玩具" });
            app.post("/api/v1/waitlist-entries").by(person).json(body).send().await
        };
        let waiting = id(&join(&second).await.expect(201));
        app.execute("UPDATE labs SET accredited_until = '2026-11-19'").await;
        join(&third).await.problem(409, "lab_not_accredited");
        let path = format!("/api/v1/bookings/{booking}/cancellation");
        app.post(&path).by(&first).json(json!({})).send().await.expect(200);
        let seen = app.get(&format!("/api/v1/bookings/{waiting}")).by(&second).send().await;
        assert_eq!(seen.expect(200)["status"], "waitlisted");
        // What was booked before is kept, and moved to nowhere that is not accredited.
        app.execute("UPDATE labs SET accredited_until = '2026-12-19'").await;
        let other = app.slot(&lab, 100, 1).await;
        let kept = id(&book(app, &third, other).await.expect(201));
        app.execute("UPDATE labs SET accredited_until = '2026-11-19'").await;
        let later = app.slot(&lab, 120, 1).await;
        let path = format!("/api/v1/bookings/{kept}/reschedule");
        let reply = app.post(&path).by(&third).json(json!({ "slot_id": later })).send().await;
        reply.problem(409, "lab_not_accredited");
        let alternatives = app.get(&format!("/api/v1/slots/{slot}/alternatives")).send().await;
        assert_eq!(alternatives.expect(200)["items"], json!([]));
        // Once there is another accreditation, who waits is not forgotten.
        let status = async || {
            let second = app.resident("b").await;
            let seen = app.get(&format!("/api/v1/bookings/{waiting}")).by(&second).send().await;
            seen.expect(200)["status"].clone()
        };
        app.advance(TimeDelta::minutes(10));
        app.drain_jobs().await;
        assert_eq!(status().await, "waitlisted");
        app.execute("UPDATE labs SET accredited_until = '2026-12-19'").await;
        app.advance(TimeDelta::minutes(10));
        app.drain_jobs().await;
        assert_eq!(status().await, "offered");
    }
}
