//! Waiting for a place: in order, held for whoever it is offered to, never twice.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use tests::{Lab, Person, TestApp, TestResponse, backends, wide_pool};
use uuid::Uuid;

use super::{book, cancel, confirm, counters, counters_of, id, post, read, reject};

async fn wait(app: &TestApp, person: &Person, slot: Uuid, units: i64) -> TestResponse {
    let body = json!({ "slot_id": slot, "product_name": "电热毯", "units": units });
    post(app, person, "/waitlist-entries", body).await
}

async fn waiting(app: &TestApp, person: &Person, slot: Uuid) -> Uuid {
    id(&wait(app, person, slot, 1).await.expect(201))
}

async fn accept(app: &TestApp, person: &Person, booking: Uuid) -> TestResponse {
    post(app, person, &format!("/bookings/{booking}/acceptance"), json!({})).await
}

/// A slot whose only place is taken, by whom, and in which booking.
async fn full(app: &TestApp, lab: &Lab) -> (Uuid, Person, Uuid) {
    let slot = app.slot(lab, 48, 1).await;
    let owner = app.resident("owner").await;
    let booking = app.booking(&owner, slot).await;
    (slot, owner, booking)
}

/// A full slot in whose line two of a class stand before somebody single.
struct Line {
    slot: Uuid,
    /// Who has a place, and in which booking.
    taken: Vec<(Person, Uuid)>,
    class: Person,
    group: Uuid,
    single: Person,
    alone: Uuid,
}

async fn class_before_single(app: &TestApp, lab: &Lab, places: usize) -> Line {
    let slot = app.slot(lab, 48, i32::try_from(places).unwrap()).await;
    let mut taken = Vec::new();
    for owner in app.residents(places).await {
        let booking = app.booking(&owner, slot).await;
        taken.push((owner, booking));
    }
    let (class, single) = (app.resident("class").await, app.resident("single").await);
    let group = id(&wait(app, &class, slot, 2).await.expect(201));
    let alone = waiting(app, &single, slot).await;
    Line { slot, taken, class, group, single, alone }
}

fn status(booking: &Value) -> &str {
    booking["status"].as_str().unwrap()
}

backends! {
    async fn join_waitlist_gets_the_place_that_becomes_free_in_order(app) {
        let lab = app.lab("甲实验室").await;
        let (slot, owner, booking) = full(app, &lab).await;
        confirm(app, &lab, booking).await.expect(200);
        let (first, second) = (app.resident("first").await, app.resident("second").await);
        let (one, two) = (waiting(app, &first, slot).await, waiting(app, &second, slot).await);
        assert_eq!(read(app, &first, one).await["waitlist_position"], 1);
        let last = read(app, &second, two).await;
        assert_eq!([&last["waitlist_position"], &last["allowed_actions"]], [&json!(2), &json!(["cancel"])]);
        assert_eq!([&last["fhir_appointment"], &last["fhir_slot"]], [&json!("waitlist"), &json!(null)]);
        assert_eq!(counters(app).await, (0, 1));

        cancel(app, &owner, booking).await.expect(200);
        let offered = read(app, &first, one).await;
        assert_eq!([&offered["status"], &offered["expires_at"]], ["offered", "2026-11-20T04:00:00Z"]);
        assert_eq!(offered["allowed_actions"], json!(["accept", "cancel"]));
        assert_eq!(read(app, &second, two).await["waitlist_position"], 1);
        let inbox = app.walk("/api/v1/notifications", Some(&first), 5).await;
        assert_eq!(inbox[0]["kind"], "booking_offered");
        // It is held: nobody who comes by gets it.
        assert_eq!(counters(app).await, (1, 0));
        book(app, &app.resident("third").await, slot).await.problem(409, "slot_held");

        accept(app, &second, one).await.problem(404, "not_found");
        accept(app, &second, two).await.problem(409, "booking_not_pending");
        let accepted = accept(app, &first, one).await.expect(200);
        assert_eq!([&accepted["status"], &accepted["confirm_by"]], ["pending_lab", "2026-11-21T02:00:00Z"]);
        assert_eq!(accepted["expires_at"], json!(null));
        accept(app, &first, one).await.problem(409, "booking_not_pending");
        confirm(app, &lab, one).await.expect(200);
        assert_eq!(counters(app).await, (0, 1));
        // Neither the end of the offer nor that of the request touches it any more.
        app.advance(TimeDelta::hours(25));
        app.drain_jobs().await;
        let first = app.resident("first").await;
        assert_eq!(status(&read(app, &first, one).await), "confirmed");
    }

    async fn an_offer_that_is_declined_or_passes_goes_to_the_next(app) {
        let lab = app.lab("甲实验室").await;
        let (slot, _, booking) = full(app, &lab).await;
        let people = app.residents(4).await;
        let mut entries = Vec::new();
        for person in &people {
            entries.push(waiting(app, person, slot).await);
        }
        reject(app, &lab, booking).await.expect(200);
        cancel(app, &people[0], entries[0]).await.expect(200);
        assert_eq!(status(&read(app, &people[1], entries[1]).await), "offered");
        // Who leaves the line is not offered anything.
        cancel(app, &people[2], entries[2]).await.expect(200);
        app.advance(TimeDelta::seconds(7200));
        let people = app.logged_in_again(&people).await;
        accept(app, &people[1], entries[1]).await.problem(409, "hold_expired");
        app.drain_jobs().await;
        assert_eq!(status(&read(app, &people[1], entries[1]).await), "expired");
        assert_eq!(status(&read(app, &people[3], entries[3]).await), "offered");
        cancel(app, &people[3], entries[3]).await.expect(200);
        assert_eq!(counters(app).await, (0, 0));
        book(app, &people[0], slot).await.expect(201);
    }

    async fn join_waitlist_of_a_group_waits_until_all_fit_and_nobody_passes_it(app) {
        let lab = app.lab("甲实验室").await;
        let Line { slot, taken, class, group, single, alone } = class_before_single(app, &lab, 3).await;
        let give_back = async |n: usize| cancel(app, &taken[n].0, taken[n].1).await.expect(200);
        give_back(0).await;
        // One place is free, and it is the class's, whoever else would take it.
        assert_eq!(read(app, &class, group).await["waitlist_position"], 1);
        assert_eq!(read(app, &single, alone).await["waitlist_position"], 2);
        assert_eq!(counters_of(app, slot).await, (2, 0));
        let walker = app.resident("walker").await;
        book(app, &walker, slot).await.problem(409, "waitlist_first");
        post(app, &walker, "/holds", json!({ "slot_id": slot })).await.problem(409, "waitlist_first");
        let elsewhere = app.booking(&walker, app.slot(&lab, 50, 1).await).await;
        let path = format!("/bookings/{elsewhere}/reschedule");
        post(app, &walker, &path, json!({ "slot_id": slot })).await.problem(409, "waitlist_first");
        let shown = app.walk("/api/v1/slots", None, 5).await;
        assert_eq!([&shown[0]["available"], &shown[0]["waiting"]], [0, 2]);
        give_back(1).await;
        assert_eq!(status(&read(app, &class, group).await), "offered");
        assert_eq!(status(&read(app, &single, alone).await), "waitlisted");
        give_back(2).await;
        assert_eq!(status(&read(app, &single, alone).await), "offered");
        assert_eq!(counters_of(app, slot).await, (3, 0));
    }

    async fn a_group_that_leaves_the_line_lets_those_behind_it_through(app) {
        let lab = app.lab("甲实验室").await;
        let Line { taken, class, group, single, alone, .. } = class_before_single(app, &lab, 2).await;
        cancel(app, &taken[0].0, taken[0].1).await.expect(200);
        assert_eq!(status(&read(app, &single, alone).await), "waitlisted");
        cancel(app, &class, group).await.expect(200);
        assert_eq!(status(&read(app, &single, alone).await), "offered");
        assert_eq!(counters(app).await, (2, 0));
    }

    async fn who_may_not_book_for_a_while_is_passed_over_and_stays_in_line(app) {
        let lab = app.lab("甲实验室").await;
        let (slot, owner, booking) = full(app, &lab).await;
        let (first, second) = (app.resident("first").await, app.resident("second").await);
        let (one, two) = (waiting(app, &first, slot).await, waiting(app, &second, slot).await);
        let until = app.now() + TimeDelta::hours(3);
        let pause = format!(
            "INSERT INTO booking_pauses (account_id, until, reason_code, created_at) \
             VALUES ({}, '{until}', 'no_show', '{until}')",
            app.literal(first.id), until = until.to_rfc3339(),
        );
        app.execute(&pause).await;
        cancel(app, &owner, booking).await.expect(200);
        assert_eq!(status(&read(app, &first, one).await), "waitlisted");
        assert_eq!(status(&read(app, &second, two).await), "offered");
        app.advance(TimeDelta::hours(3));
        app.drain_jobs().await;
        // The offer went by, and it is the first one's turn again.
        let first = app.resident("first").await;
        assert_eq!(status(&read(app, &first, one).await), "offered");
    }

    async fn join_waitlist_without_need_or_right_is_refused(
        app, config => {
            config.appointments.waitlist_per_slot = 2;
            config.appointments.account_quota = 1;
        }
    ) {
        let lab = app.lab("甲实验室").await;
        let free = app.slot(&lab, 50, 1).await;
        let (slot, owner, _) = full(app, &lab).await;
        let people = app.residents(4).await;
        wait(app, &people[0], free, 1).await.problem(409, "slot_has_room");
        wait(app, &people[0], free, 2).await.invalid("units");
        wait(app, &people[0], Uuid::nil(), 1).await.problem(404, "not_found");
        wait(app, &owner, slot, 1).await.problem(409, "already_booked");
        waiting(app, &people[0], slot).await;
        wait(app, &people[0], slot, 1).await.problem(409, "already_booked");
        app.booking(&people[1], free).await;
        wait(app, &people[1], slot, 1).await.problem(409, "quota_exceeded");
        waiting(app, &people[2], slot).await;
        wait(app, &people[3], slot, 1).await.problem(409, "waitlist_full");
        app.post("/api/v1/waitlist-entries").send().await.problem(401, "unauthenticated");
        let body = json!({ "slot_id": slot, "product_name": "电热毯" });
        app.refuses_each(|| app.post("/api/v1/waitlist-entries").by(&people[3]), &body, [
            ("slot_id", json!("7")), ("units", json!(0)), ("product_name", json!("")),
        ]).await;
        app.advance(TimeDelta::hours(47));
        let late = app.logged_in_again(&people).await;
        wait(app, &late[3], slot, 1).await.problem(409, "cutoff_passed");
        // The line ends with the beginning of the slot.
        app.advance(TimeDelta::hours(1));
        app.drain_jobs().await;
        let gone = "SELECT COUNT(*) FROM bookings WHERE status = 'expired' AND waitlist_no IS NOT NULL";
        assert_eq!(app.count(gone).await, 2);
    }

    async fn accept_offer_beyond_the_quota_is_refused_and_stays_open(
        app, config => { config.appointments.account_quota = 1; }
    ) {
        let lab = app.lab("甲实验室").await;
        let (slot, owner, booking) = full(app, &lab).await;
        let person = app.resident("first").await;
        let entry = waiting(app, &person, slot).await;
        let other = app.booking(&person, app.slot(&lab, 60, 1).await).await;
        cancel(app, &owner, booking).await.expect(200);
        accept(app, &person, entry).await.problem(409, "quota_exceeded");
        cancel(app, &person, other).await.expect(200);
        accept(app, &person, entry).await.expect(200);
        book(app, &person, app.slot(&lab, 62, 1).await).await.problem(409, "quota_exceeded");
    }

    async fn join_waitlist_twice_with_one_key_waits_once(app) {
        let lab = app.lab("甲实验室").await;
        let (slot, ..) = full(app, &lab).await;
        let person = app.resident("first").await;
        let ask = || {
            let body = json!({ "slot_id": slot, "product_name": "电热毯" });
            let post = app.post("/api/v1/waitlist-entries").by(&person).json(body);
            post.header("idempotency-key", "waiting-0001").send()
        };
        let (first, again) = (ask().await, ask().await);
        assert_eq!((first.status, &first.body), (again.status, &again.body));
        assert_eq!(app.count("SELECT COUNT(*) FROM bookings").await, 2);
    }

    /// Owners give their places back, people walk by, others leave the line, all at once: every
    /// place that became free went to the first in line, and to nobody who came later.
    async fn join_waitlist_under_a_storm_of_cancellations_keeps_the_order(app, config => { wide_pool(config); }) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 12).await;
        let owners = app.residents(12).await;
        let bookings = join_all(owners.iter().map(|owner| app.booking(owner, slot))).await;
        let line = app.residents(20).await;
        let mut entries = Vec::new();
        for person in &line {
            entries.push(waiting(app, person, slot).await);
        }
        let cancels = join_all(owners.iter().zip(&bookings).take(8).map(|(owner, booking)| cancel(app, owner, *booking)));
        let walkers = app.residents(10).await;
        let walk_by = join_all(walkers.iter().map(|walker| book(app, walker, slot)));
        let (cancelled, refused) = join(cancels, walk_by).await;
        cancelled.iter().for_each(|reply| drop(reply.expect(200)));
        refused.iter().for_each(|reply| drop(reply.problem(409, "slot_held")));
        let mut offered = BTreeSet::new();
        for (place, (person, entry)) in line.iter().zip(&entries).enumerate() {
            if status(&read(app, person, *entry).await) == "offered" {
                offered.insert(place);
            }
        }
        assert_eq!(offered, (0..8).collect());
        assert_eq!(counters(app).await, (12, 0));
        // Half of them take it, half of them do not, and the next ones leave meanwhile.
        let answers = line.iter().zip(&entries).take(12).enumerate().map(async |(n, (person, entry))| {
            if n % 2 == 0 && n < 8 { accept(app, person, *entry).await } else { cancel(app, person, *entry).await }
        });
        for reply in join_all(answers).await {
            assert_eq!(reply.status, 200, "{}", reply.text());
        }
        assert_eq!(counters(app).await, (12, 0));
        let offered = "SELECT COUNT(*) FROM bookings WHERE status = 'offered' AND waitlist_no > 12";
        assert_eq!(app.count(offered).await, 4);
        let overtaken = "SELECT COUNT(*) FROM bookings a JOIN bookings b ON a.slot_id = b.slot_id \
                         WHERE a.status = 'waitlisted' AND b.status = 'offered' AND b.waitlist_no > a.waitlist_no";
        assert_eq!(app.count(overtaken).await, 0);
    }
}
