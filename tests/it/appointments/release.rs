//! Fair release: waves, the district first, places kept for who does not book online, and when it ends.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Lab, Person, Role, TestApp, TestResponse, backends, wide_pool};
use uuid::Uuid;

use super::{book, confirm, counters, id, post};

const STAFF_SLOTS: &str = "/api/v1/staff/slots";

fn slot_body(app: &TestApp, lab: &Lab, change: Value) -> Value {
    let at = |hours| app.now() + TimeDelta::hours(hours);
    let mut body = json!({
        "service_id": lab.service_id, "capacity": 3, "starts_at": at(48), "ends_at": at(49),
    });
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    body
}

async fn publish(app: &TestApp, lab: &Lab, change: Value) -> TestResponse {
    app.post(STAFF_SLOTS).by(&lab.staff).json(slot_body(app, lab, change)).send().await
}

async fn resident_of(app: &TestApp, name: &str, region: &str) -> Person {
    let person = app.resident(name).await;
    let patch = app.patch("/api/v1/me").by(&person).json(json!({ "region_code": region }));
    patch.send().await.expect(200);
    person
}

/// Stops the clock the given time before an instant.
fn go_to(app: &TestApp, at: DateTime<Utc>, before: TimeDelta) {
    app.advance(at - before - app.now());
}

const JUST: TimeDelta = TimeDelta::microseconds(1);

backends! {
    async fn create_slot_released_later_is_seen_at_once_and_booked_from_the_instant_on(app) {
        let lab = app.lab("甲实验室").await;
        let released_at = app.now() + TimeDelta::minutes(9);
        let slot = publish(app, &lab, json!({ "released_at": released_at })).await.expect(201);
        assert_eq!(slot["released_at"], "2026-11-20T02:09:00Z");
        assert_eq!(app.walk("/api/v1/slots", None, 5).await, std::slice::from_ref(&slot));
        let (slot, person) = (id(&slot), app.resident("xiaoming").await);
        let early = book(app, &person, slot).await;
        early.problem(409, "slot_not_released");
        assert_eq!(early.header("retry-after"), "540");
        let form = json!({ "slot_id": slot, "product_name": "玩具" });
        post(app, &person, "/waitlist-entries", form).await.problem(409, "slot_not_released");
        go_to(app, released_at, JUST);
        book(app, &person, slot).await.problem(409, "slot_not_released");
        go_to(app, released_at, TimeDelta::zero());
        book(app, &person, slot).await.expect(201);
    }

    async fn who_was_cancelled_on_by_a_lab_goes_first(app, config => { wide_pool(config); }) {
        let lab = app.lab("甲实验室").await;
        let people = app.residents(8).await;
        let plain = app.slot(&lab, 72, 9).await;
        let booking = app.booking(&people[0], plain).await;
        confirm(app, &lab, booking).await.expect(200);
        let path = format!("/api/v1/staff/bookings/{booking}/cancellation");
        let why = json!({ "reason_code": "equipment_failure", "reason": "设备检修" });
        app.post(&path).by(&lab.staff).json(why).send().await.expect(200);
        let later = app.now() + TimeDelta::hours(9);
        let wave = id(&publish(app, &lab, json!({ "released_at": later })).await.expect(201));
        let first = json!({
            "district_code": "110108", "district_first_until": later,
            "starts_at": app.now() + TimeDelta::hours(50), "ends_at": app.now() + TimeDelta::hours(51),
        });
        let local = id(&publish(app, &lab, first).await.expect(201));
        // Alone, and among others who ask at the same moment.
        for (slot, code) in [(local, "district_first"), (wave, "slot_not_released")] {
            let replies = join_all(people.iter().map(|person| book(app, person, slot))).await;
            for (n, reply) in replies.iter().enumerate() {
                if n == 0 { reply.expect(201); } else { reply.problem(409, code); }
            }
        }
        // Not for ever.
        app.advance(TimeDelta::days(31));
        let staff = app.staff(Role::LabStaff, &format!("lab:{}", lab.id)).await;
        let (lab, late) = (Lab { staff, ..lab }, app.now() + TimeDelta::hours(9));
        let wave = id(&publish(app, &lab, json!({ "released_at": late })).await.expect(201));
        let again = app.logged_in_again(&people[..1]).await;
        book(app, &again[0], wave).await.problem(409, "slot_not_released");
        app.drain_jobs().await;
    }

    async fn create_slot_for_the_district_first_lets_the_others_in_at_the_instant(app) {
        let lab = app.lab("甲实验室").await;
        let until = app.now() + TimeDelta::minutes(10);
        let first = json!({ "district_code": "110108", "district_first_until": until, "reserved_units": 1 });
        let slot = publish(app, &lab, first).await.expect(201);
        assert_eq!([&slot["district_code"], &slot["district_first_until"]], ["110108", "2026-11-20T02:10:00Z"]);
        assert_eq!([&slot["reserved_units"], &slot["available"]], [1, 2]);
        let slot = id(&slot);
        let local = resident_of(app, "local", "110108001").await;
        for (name, region) in [("neighbour", "110101"), ("city", "1101"), ("far", "31")] {
            let person = resident_of(app, name, region).await;
            let reply = book(app, &person, slot).await;
            reply.problem(409, "district_first");
            assert_eq!(reply.header("retry-after"), "600");
        }
        let nowhere = app.resident("nowhere").await;
        book(app, &nowhere, slot).await.problem(409, "district_first");
        let form = json!({ "slot_id": slot, "product_name": "玩具" });
        post(app, &nowhere, "/waitlist-entries", form).await.problem(409, "district_first");
        book(app, &local, slot).await.expect(201);
        // Who calls is not asked where they live.
        let caller = json!({
            "slot_id": slot, "product_name": "电热毯", "channel": "phone",
            "beneficiary": { "name": "张大爷" },
        });
        post(app, &lab.staff, "/staff/bookings", caller).await.expect(201);
        go_to(app, until, JUST);
        book(app, &nowhere, slot).await.problem(409, "district_first");
        go_to(app, until, TimeDelta::zero());
        book(app, &nowhere, slot).await.expect(201);
        assert_eq!(counters(app).await, (2, 1));
    }

    async fn join_waitlist_of_a_full_slot_is_for_the_district_first_too(app) {
        let lab = app.lab("甲实验室").await;
        let until = app.now() + TimeDelta::minutes(10);
        let first = json!({ "district_code": "11", "district_first_until": until, "capacity": 1 });
        let slot = id(&publish(app, &lab, first).await.expect(201));
        let (local, second) =
            (resident_of(app, "local", "110108").await, resident_of(app, "second", "1101").await);
        book(app, &local, slot).await.expect(201);
        let wait = async |person: &Person| {
            let form = json!({ "slot_id": slot, "product_name": "玩具" });
            post(app, person, "/waitlist-entries", form).await
        };
        let far = resident_of(app, "far", "31").await;
        wait(&far).await.problem(409, "district_first");
        wait(&second).await.expect(201);
        app.advance(TimeDelta::minutes(10));
        wait(&far).await.expect(201);
    }

    async fn create_slot_that_says_when_it_closes_is_booked_until_then(app) {
        let lab = app.lab("甲实验室").await;
        let starts_at = app.now() + TimeDelta::hours(48);
        // Later than the usual two hours before, and earlier.
        let (late, early) = (starts_at - TimeDelta::minutes(5), starts_at - TimeDelta::hours(24));
        let late_slot = id(&publish(app, &lab, json!({ "closes_at": late })).await.expect(201));
        let next = json!({ "closes_at": early, "starts_at": starts_at + TimeDelta::minutes(1) });
        let early_slot = id(&publish(app, &lab, next).await.expect(201));
        go_to(app, early, JUST);
        // Within the life of a token.
        let people = app.residents(4).await;
        app.booking(&people[0], early_slot).await;
        assert_eq!(app.walk("/api/v1/slots", None, 5).await.len(), 2);
        go_to(app, early, TimeDelta::zero());
        book(app, &people[1], early_slot).await.problem(409, "cutoff_passed");
        assert_eq!(app.walk("/api/v1/slots", None, 5).await.len(), 1);
        app.drain_jobs().await;
        go_to(app, late, JUST);
        let people = app.logged_in_again(&people).await;
        let shown = app.walk("/api/v1/slots", None, 5).await;
        assert_eq!((shown.len(), id(&shown[0])), (1, late_slot));
        app.booking(&people[2], late_slot).await;
        go_to(app, late, TimeDelta::zero());
        book(app, &people[3], late_slot).await.problem(409, "cutoff_passed");
        assert!(app.walk("/api/v1/slots", None, 5).await.is_empty());
        app.advance(TimeDelta::hours(1));
        app.drain_jobs().await;
    }

    async fn create_slot_with_instants_in_no_order_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let at = |hours| json!(app.now() + TimeDelta::hours(hours));
        let district = json!({ "district_code": "110108", "district_first_until": at(5) });
        let body = slot_body(app, &lab, district);
        app.refuses_each(|| app.post(STAFF_SLOTS).by(&lab.staff), &body, [
            ("released_at", at(46)),
            ("released_at", json!("soon")),
            ("closes_at", at(0)),
            ("closes_at", json!(app.now() + TimeDelta::hours(48) + JUST)),
            ("district_first_until", at(0)),
            ("district_first_until", at(47)),
            ("district_first_until", json!(null)),
            ("district_code", json!(null)),
            ("district_code", json!("1".repeat(13))),
        ]).await;
        let mut nowhere = body.clone();
        nowhere["district_code"] = json!("999999");
        let reply = app.post(STAFF_SLOTS).by(&lab.staff).json(nowhere).send().await;
        reply.problem(422, "unknown_region");
        // The window of a later wave begins with the wave.
        let mut wave = body.clone();
        wave["released_at"] = at(6);
        app.post(STAFF_SLOTS).by(&lab.staff).json(wave).send().await.invalid("district_first_until");
        assert_eq!(app.count("SELECT COUNT(*) FROM slots").await, 0);
        app.post(STAFF_SLOTS).by(&lab.staff).json(body).send().await.expect(201);
    }

    async fn a_day_in_waves_is_never_booked_before_its_wave(app) {
        let lab = app.lab("甲实验室").await;
        let mut slots: Vec<(Uuid, i64)> = Vec::new();
        for wave in 0..3 {
            let change = json!({
                "released_at": app.now() + TimeDelta::minutes(wave * 4), "capacity": 2,
                "starts_at": app.now() + TimeDelta::minutes(48 * 60 + wave),
            });
            slots.push((id(&publish(app, &lab, change).await.expect(201)), wave));
        }
        let people = app.residents(9).await;
        for now in 0..3 {
            for (slot, wave) in &slots {
                let person = &people[usize::try_from(now * 3 + wave).unwrap()];
                let reply = book(app, person, *slot).await;
                let wanted = if *wave > now { 409 } else { 201 };
                let is_full = now - wave == 2;
                assert_eq!(reply.status, if is_full { 409 } else { wanted }, "{}", reply.text());
            }
            app.advance(TimeDelta::minutes(4));
        }
    }
}
