//! What a change of a plan does to the slots and bookings that are there.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Lab, Person, Role, TestApp, backends, plan_rule, plant, with};
use uuid::Uuid;

use super::{PLANS, changed_to, confirm, id, plan, put, read, slot_at, slots, thursdays};

const TUESDAY: [&str; 4] = [
    "2026-11-24T01:00:00Z",
    "2026-11-24T02:15:00Z",
    "2026-11-24T06:00:00Z",
    "2026-11-24T07:15:00Z",
];
const THURSDAY: [&str; 2] = ["2026-11-26T01:00:00Z", "2026-11-26T02:15:00Z"];

async fn preview(app: &TestApp, by: &Person, plan: Uuid, rule: Value, status: &str) -> Value {
    let body = json!({ "status": status, "rule": rule });
    let path = format!("{PLANS}/{plan}/change-preview?limit=2");
    app.post(&path).by(by).json(body).send().await.expect(200)
}

async fn booking(app: &TestApp, person: &Person, id: Uuid) -> Value {
    app.get(&format!("/api/v1/bookings/{id}")).by(person).send().await.expect(200)
}

/// The booking that took the place of another one.
async fn heir(app: &TestApp, person: &Person, of: Uuid) -> Value {
    let mine = app.walk("/api/v1/bookings", Some(person), 5).await;
    mine.iter().find(|one| one["rescheduled_from"] == json!(of)).unwrap().clone()
}

async fn kinds(app: &TestApp, person: &Person) -> Vec<Value> {
    let notices = app.walk("/api/v1/notifications", Some(person), 5).await;
    notices.iter().map(|notice| notice["kind"].clone()).collect()
}

/// One confirmed, one waiting for the lab, one held; all on a Tuesday.
struct Town {
    plan: Uuid,
    confirmed: (Person, Uuid),
    pending: (Person, Uuid),
    held: (Person, Uuid),
}

async fn town(app: &TestApp, lab: &Lab) -> Town {
    let plan = plan(app, lab, plan_rule()).await;
    let first = app.resident("xiaoming").await;
    let body = json!({
        "slot_id": slot_at(app, TUESDAY[0]).await, "product_name": "玩具",
        "beneficiary": { "name": "欧阳建国", "phone": "13912345678" }, "roster": [{ "label": "一" }],
    });
    plant("欧阳建国");
    let post = app.post("/api/v1/bookings").by(&first).json(body);
    let confirmed = id(&post.send().await.expect(201));
    confirm(app, &lab.staff, confirmed).await;
    app.advance(TimeDelta::seconds(1));
    let second = app.resident("xiaohong").await;
    let pending = app.booking(&second, slot_at(app, TUESDAY[1]).await).await;
    app.advance(TimeDelta::seconds(1));
    let third = app.resident("xiaolan").await;
    let body = json!({ "slot_id": slot_at(app, TUESDAY[2]).await });
    let held = app.post("/api/v1/holds").by(&third).json(body).send().await.expect(201);
    // Somebody has one of the two places on Thursday at nine.
    app.booking(&app.resident("other").await, slot_at(app, THURSDAY[0]).await).await;
    Town {
        plan,
        confirmed: (first, confirmed),
        pending: (second, pending),
        held: (third, id(&held)),
    }
}

backends! {
    async fn preview_plan_change_shows_whom_it_would_strand_and_changes_nothing(app) {
        let lab = app.lab("甲实验室").await;
        let town = town(app, &lab).await;
        let before = (app.dump("slots").await, app.dump("bookings").await, app.dump("plans").await);
        let mut rule = thursdays();
        (rule["extra_dates"], rule["capacity"]) = (json!(["2026-11-28"]), json!(3));
        let seen = preview(app, &lab.staff, town.plan, rule.clone(), "active").await;
        let totals = ["created_total", "withdrawn_total", "adjusted_total", "stranded_total"];
        assert_eq!(totals.map(|name| &seen[name]), [4, 8, 8, 3]);
        assert_eq!(seen["created"][0]["starts_at"], "2026-11-28T01:00:00Z");
        let stranded = &seen["stranded"]["items"];
        assert_eq!(stranded.as_array().unwrap().len(), 2);
        let first = &stranded[0];
        assert_eq!([&first["id"], &first["starts_at"]], [&json!(town.confirmed.1), &json!(TUESDAY[0])]);
        assert_eq!(first["beneficiary"], json!({ "name": "欧***", "phone": "139****5678" }));
        assert_eq!(stranded[1]["id"], json!(town.pending.1));
        let cursor = seen["stranded"]["next_cursor"].as_str().unwrap();
        let path = format!("{PLANS}/{}/change-preview?limit=2&cursor={cursor}", town.plan);
        let body = json!({ "status": "active", "rule": rule });
        let rest = app.post(&path).by(&lab.staff).json(body).send().await.expect(200);
        assert_eq!(rest["stranded"]["items"][0]["id"], json!(town.held.1));
        assert_eq!(rest["stranded"]["next_cursor"], Value::Null);
        let nothing = preview(app, &lab.staff, town.plan, plan_rule(), "paused").await;
        assert_eq!(totals.map(|name| &nothing[name]), [0, 0, 0, 0]);
        let everything = preview(app, &lab.staff, town.plan, plan_rule(), "ended").await;
        assert_eq!(totals.map(|name| &everything[name]), [0, 16, 0, 4]);
        let after = (app.dump("slots").await, app.dump("bookings").await, app.dump("plans").await);
        assert!(before == after, "a preview changed something");
    }

    async fn update_plan_moves_to_the_nearest_place_of_the_service(app) {
        let lab = app.lab("甲实验室").await;
        let Town { plan, confirmed, pending, held } = town(app, &lab).await;
        put(app, &lab.staff, plan, 0, changed_to(thursdays(), "move")).await.expect(200);
        app.drain_jobs().await;
        let old = booking(app, &confirmed.0, confirmed.1).await;
        assert_eq!([&old["status"], &old["reason_code"]], ["cancelled_by_lab", "plan_changed"]);
        assert_eq!(old["reason"], "实验室周二停电（已改到 11月26日 09:00）");
        let new = heir(app, &confirmed.0, confirmed.1).await;
        assert_eq!([&new["status"], &new["slot"]["starts_at"]], ["confirmed", THURSDAY[0]]);
        assert_eq!(new["beneficiary"]["name"], "欧***");
        let new = booking(app, &confirmed.0, id(&new)).await;
        assert_eq!(new["roster"][0]["label"], "一");
        // None of the two moves of their own is used up.
        assert!(new["allowed_actions"].as_array().unwrap().contains(&json!("reschedule")));
        assert_eq!(app.count("SELECT MAX(moves) FROM bookings").await, 0);
        // Two of one instant, and one from before.
        let told = kinds(app, &confirmed.0).await;
        assert!(told.len() == 3 && told[..2].contains(&json!("booking_cancelled")), "{told:?}");
        // Nine o'clock was full by then.
        let new = heir(app, &pending.0, pending.1).await;
        assert_eq!([&new["status"], &new["slot"]["starts_at"]], ["pending_lab", THURSDAY[1]]);
        let old = booking(app, &pending.0, pending.1).await;
        assert_eq!([&old["status"], &old["reason_code"]], ["rejected", "plan_changed"]);
        let gone = booking(app, &held.0, held.1).await;
        assert_eq!([&gone["status"], &gone["reason_code"]], ["cancelled_by_user", "plan_changed"]);
        let view = read(app, &lab.staff, plan).await;
        assert_eq!(view["change"], json!({
            "is_running": false, "on_stranded": "move", "reason": "实验室周二停电", "slots_total": 16,
            "slots_done": 16, "bookings_moved": 2, "bookings_cancelled": 1, "bookings_kept": 0,
        }));
        // Who was on a slot left a history; the others never were.
        assert_eq!(app.count("SELECT COUNT(*) FROM slots WHERE status = 'withdrawn'").await, 3);
        assert_eq!(app.count("SELECT COUNT(*) FROM slots").await, 8 + 3);
        let audited = "SELECT COUNT(*) FROM audit_entries WHERE action =";
        assert_eq!(app.count(&format!("{audited} 'booking.move' AND actor_kind = 'staff'")).await, 2);
        assert_eq!(app.count(&format!("{audited} 'plan.apply'")).await, 1);
    }

    async fn update_plan_cancels_with_a_reason_a_notice_and_priority(app) {
        let lab = app.lab("甲实验室").await;
        let Town { plan, confirmed, pending, .. } = town(app, &lab).await;
        put(app, &lab.staff, plan, 0, changed_to(thursdays(), "cancel")).await.expect(200);
        app.drain_jobs().await;
        for ((person, id), status, kind) in [
            (&confirmed, "cancelled_by_lab", "booking_cancelled"),
            (&pending, "rejected", "booking_rejected"),
        ] {
            let seen = booking(app, person, *id).await;
            assert_eq!([&seen["status"], &seen["reason"]], [status, "实验室周二停电"]);
            assert_eq!(seen["priority_until"], "2026-12-20T02:00:02Z");
            assert_eq!(kinds(app, person).await[0], kind);
        }
        assert_eq!(app.count("SELECT SUM(held + booked) FROM slots").await, 1);
        let view = read(app, &lab.staff, plan).await;
        assert_eq!([&view["change"]["bookings_cancelled"], &view["change"]["bookings_moved"]], [3, 0]);
    }

    async fn update_plan_that_keeps_closes_the_slot_until_the_plan_has_it_again(app) {
        let lab = app.lab("甲实验室").await;
        let Town { plan, confirmed, .. } = town(app, &lab).await;
        let slot = slot_at(app, TUESDAY[0]).await;
        put(app, &lab.staff, plan, 0, changed_to(thursdays(), "keep")).await.expect(200);
        app.drain_jobs().await;
        assert_eq!(booking(app, &confirmed.0, confirmed.1).await["status"], "confirmed");
        assert_eq!(read(app, &lab.staff, plan).await["change"]["bookings_kept"], 3);
        let body = json!({ "slot_id": slot, "product_name": "玩具" });
        let ask = async |name: &str| {
            let person = app.resident(name).await;
            app.post("/api/v1/bookings").by(&person).json(body.clone()).send().await
        };
        ask("late").await.problem(409, "slot_closed");
        // What is kept is stranded still.
        let seen = preview(app, &lab.staff, plan, thursdays(), "active").await;
        assert_eq!([&seen["withdrawn_total"], &seen["stranded_total"]], [3, 3]);
        put(app, &lab.staff, plan, 1, changed_to(plan_rule(), "cancel")).await.expect(200);
        app.drain_jobs().await;
        assert_eq!(slot_at(app, TUESDAY[0]).await, slot, "the same one, with its booking");
        assert_eq!(slots(app).await.len(), 16);
        assert_eq!(booking(app, &confirmed.0, confirmed.1).await["status"], "confirmed");
        ask("late").await.expect(201);
    }

    async fn update_plan_without_room_elsewhere_cancels(app) {
        let lab = app.lab("甲实验室").await;
        let mut rule = plan_rule();
        (rule["windows"], rule["capacity"]) = (json!([{ "from": "09:00", "to": "10:00" }]), json!(1));
        rule["horizon_days"] = json!(7);
        let plan = plan(app, &lab, rule.clone()).await;
        assert_eq!(slots(app).await.len(), 2);
        let (first, second) = (app.resident("xiaoming").await, app.resident("xiaohong").await);
        let (tuesday, thursday) = (slot_at(app, TUESDAY[0]).await, slot_at(app, THURSDAY[0]).await);
        let stranded = app.booking(&first, tuesday).await;
        confirm(app, &lab.staff, stranded).await;
        app.booking(&second, thursday).await;
        let waits = json!({ "slot_id": tuesday, "product_name": "玩具" });
        let line = app.post("/api/v1/waitlist-entries").by(&second).json(waits).send().await;
        let line = id(&line.expect(201));
        let later = with(&rule, "rrule", json!("FREQ=WEEKLY;BYDAY=TH"));
        put(app, &lab.staff, plan, 0, changed_to(later, "move")).await.expect(200);
        app.drain_jobs().await;
        let seen = booking(app, &first, stranded).await;
        assert_eq!([&seen["status"], &seen["reason"]], ["cancelled_by_lab", "实验室周二停电"]);
        // The place that was given back went to nobody in line: the slot is gone.
        let seen = booking(app, &second, line).await;
        assert_eq!([&seen["status"], &seen["reason_code"]], ["cancelled_by_user", "plan_changed"]);
        assert_eq!(kinds(app, &second).await, ["booking_cancelled"]);
        let view = read(app, &lab.staff, plan).await;
        assert_eq!([&view["change"]["bookings_cancelled"], &view["change"]["bookings_moved"]], [2, 0]);
    }

    async fn a_smaller_capacity_takes_no_sold_place_and_a_larger_one_helps_the_line(app) {
        let lab = app.lab("甲实验室").await;
        let plan = plan(app, &lab, plan_rule()).await;
        let slot = slot_at(app, TUESDAY[0]).await;
        let people = app.residents(3).await;
        for person in &people[..2] {
            app.booking(person, slot).await;
        }
        let waits = json!({ "slot_id": slot, "product_name": "玩具" });
        let line = app.post("/api/v1/waitlist-entries").by(&people[2]).json(waits).send().await;
        let line = id(&line.expect(201));
        let of = |capacity: i32| changed_to(with(&plan_rule(), "capacity", json!(capacity)), "keep");
        let capacity = async || {
            let sql = format!("SELECT capacity FROM slots WHERE id = {}", app.literal(slot));
            app.count(&sql).await
        };
        put(app, &lab.staff, plan, 0, of(1)).await.expect(200);
        app.drain_jobs().await;
        assert_eq!(capacity().await, 2);
        assert_eq!(app.count("SELECT COUNT(*) FROM slots WHERE capacity = 1").await, 15);
        put(app, &lab.staff, plan, 1, of(3)).await.expect(200);
        app.drain_jobs().await;
        assert_eq!(capacity().await, 3);
        assert_eq!(booking(app, &people[2], line).await["status"], "offered");
    }

    async fn a_smaller_capacity_comes_true_as_places_are_freed(app) {
        let lab = app.lab("甲实验室").await;
        let plan = plan(app, &lab, plan_rule()).await;
        let slot = slot_at(app, TUESDAY[0]).await;
        let people = app.residents(3).await;
        let mut bookings = Vec::new();
        for person in &people[..2] {
            bookings.push(app.booking(person, slot).await);
        }
        confirm(app, &lab.staff, bookings[0]).await;
        let of = |capacity: i32| changed_to(with(&plan_rule(), "capacity", json!(capacity)), "keep");
        let capacity = async || {
            let sql = format!("SELECT capacity FROM slots WHERE id = {}", app.literal(slot));
            app.count(&sql).await
        };
        let cancel = async |n: usize| {
            let path = format!("/api/v1/bookings/{}/cancellation", bookings[n]);
            app.post(&path).by(&people[n]).json(json!({})).send().await.expect(200);
        };
        put(app, &lab.staff, plan, 0, of(1)).await.expect(200);
        app.drain_jobs().await;
        assert_eq!(capacity().await, 2);
        cancel(0).await;
        assert_eq!(capacity().await, 1, "the place is nobody's any more");
        let body = json!({ "slot_id": slot, "product_name": "玩具" });
        let asks = app.post("/api/v1/bookings").by(&people[2]).json(body.clone()).send().await;
        asks.problem(409, "slot_held");
        // What is left of it is given away as ever.
        cancel(1).await;
        assert_eq!(capacity().await, 1);
        app.post("/api/v1/bookings").by(&people[2]).json(body).send().await.expect(201);
        assert_eq!(capacity().await, 1);
        let seen = preview(app, &lab.staff, plan, with(&plan_rule(), "capacity", json!(1)), "active").await;
        assert_eq!(seen["adjusted_total"], 0, "it is as the plan wants it");
    }

    async fn nobody_waits_for_places_that_a_smaller_plan_takes_away(app) {
        let lab = app.lab("甲实验室").await;
        let plan = plan(app, &lab, with(&plan_rule(), "capacity", json!(4))).await;
        let (slot, other) = (slot_at(app, TUESDAY[0]).await, slot_at(app, TUESDAY[1]).await);
        let people = app.residents(7).await;
        let mut bookings = Vec::new();
        for person in &people[..4] {
            bookings.push(app.booking(person, slot).await);
        }
        let line = |n: usize, units: i32| {
            let body = json!({ "slot_id": slot, "product_name": "玩具", "units": units });
            app.post("/api/v1/waitlist-entries").by(&people[n]).json(body).send()
        };
        let first = id(&line(4, 2).await.expect(201));
        let smaller = changed_to(with(&plan_rule(), "capacity", json!(2)), "keep");
        put(app, &lab.staff, plan, 0, smaller).await.expect(200);
        app.drain_jobs().await;
        line(5, 3).await.invalid("units");
        let second = id(&line(6, 1).await.expect(201));
        let body = json!({ "slot_id": slot, "product_name": "玩具" });
        let asks = app.post("/api/v1/bookings").by(&people[5]).json(body).send().await;
        asks.problem(409, "slot_held");
        let status = async |n: usize, one| booking(app, &people[n], one).await["status"].clone();
        // Three of four go, one of them to another time: what is left is one of two.
        for n in 0..2 {
            let path = format!("/api/v1/bookings/{}/cancellation", bookings[n]);
            app.post(&path).by(&people[n]).json(json!({})).send().await.expect(200);
            assert_eq!(status(4, first).await, "waitlisted", "two go, and their places with them");
        }
        let path = format!("/api/v1/bookings/{}/reschedule", bookings[2]);
        let moves = app.post(&path).by(&people[2]).json(json!({ "slot_id": other }));
        moves.send().await.expect(201);
        assert_eq!(status(4, first).await, "waitlisted", "there is room for one of the two");
        assert_eq!(status(6, second).await, "waitlisted", "nobody overtakes them");
        let path = format!("/api/v1/bookings/{}/cancellation", bookings[3]);
        app.post(&path).by(&people[3]).json(json!({})).send().await.expect(200);
        assert_eq!(status(4, first).await, "offered");
        assert_eq!(status(6, second).await, "waitlisted");
        app.drain_jobs().await;
    }

    async fn a_slot_that_ends_later_waits_longer_for_who_does_not_come(app) {
        let lab = app.lab("甲实验室").await;
        let plan = plan(app, &lab, plan_rule()).await;
        let person = app.resident("xiaoming").await;
        let visit = app.booking(&person, slot_at(app, TUESDAY[0]).await).await;
        confirm(app, &lab.staff, visit).await;
        let longer = with(&plan_rule(), "slot_minutes", json!(120));
        put(app, &lab.staff, plan, 0, changed_to(longer, "keep")).await.expect(200);
        app.drain_jobs().await;
        let status = async || {
            app.text(&format!("SELECT status FROM bookings WHERE id = {}", app.literal(visit))).await
        };
        // 09:00 to 11:00 and half an hour of grace, on Tuesday.
        app.advance(TimeDelta::hours(4 * 24) + TimeDelta::minutes(80));
        app.drain_jobs().await;
        assert_eq!(status().await.as_deref(), Some("confirmed"));
        app.advance(TimeDelta::minutes(10));
        app.drain_jobs().await;
        assert_eq!(status().await.as_deref(), Some("no_show"));
    }

    async fn a_slot_that_was_closed_by_hand_stays_closed(app) {
        let lab = app.lab("甲实验室").await;
        let plan = plan(app, &lab, plan_rule()).await;
        let path = format!("/api/v1/staff/slots/{}/closure", slot_at(app, THURSDAY[0]).await);
        app.post(&path).by(&lab.staff).send().await.expect(200);
        put(app, &lab.staff, plan, 0, changed_to(thursdays(), "keep")).await.expect(200);
        app.advance(TimeDelta::hours(1));
        app.drain_jobs().await;
        assert_eq!(slots(app).await.len(), 7);
        let staff = app.staff(Role::LabStaff, &format!("lab:{}", lab.id)).await;
        assert_eq!(read(app, &staff, plan).await["change"]["is_running"], false);
    }
}
