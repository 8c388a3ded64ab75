//! Requests of one slot that are served in one transaction: each has the answer it would have had
//! alone.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use entity::booking_pause;
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _};
use serde_json::{Value, json};
use tests::{Person, TestApp, TestResponse, backends, wide_pool};
use uuid::Uuid;

use super::{counters_of, id, post};

fn form(slot: Uuid) -> Value {
    json!({ "slot_id": slot, "product_name": "玩具" })
}

/// Asks for places with a key of its own per person.
async fn ask(app: &TestApp, person: &Person, key: &str, body: &Value) -> TestResponse {
    let post = app.post("/api/v1/bookings").by(person).header("idempotency-key", key);
    post.json(body.clone()).send().await
}

fn key(n: usize) -> String {
    format!("together-{n:04}")
}

/// What the metrics say: (booked, refused, sent back to ask alone).
async fn together(app: &TestApp) -> (u64, u64, u64) {
    let text = app.get("/metrics").send().await.text();
    let count = |outcome: &str| {
        let name = format!("sanjin_bookings_together_total{{outcome=\"{outcome}\"}} ");
        text.lines().find_map(|line| line.strip_prefix(&name)).map_or(0, |n| n.parse().unwrap())
    };
    (count("booked"), count("refused"), count("alone"))
}

/// How often each code was answered; what succeeded is "ok".
fn codes(replies: &[TestResponse]) -> BTreeMap<String, usize> {
    replies.iter().fold(BTreeMap::new(), |mut codes, reply| {
        let body = reply.json();
        let code = body["code"].as_str().unwrap_or("ok").to_owned();
        *codes.entry(code).or_default() += 1;
        codes
    })
}

backends! {
    async fn everybody_gets_their_own_booking_and_the_same_answer_again(app, config => { wide_pool(config); }) {
        let lab = app.lab("实验室").await;
        let slot = app.slot(&lab, 24, 100).await;
        let people = app.residents(60).await;
        let rush = async || {
            join_all(people.iter().enumerate().map(async |(n, person)| {
                ask(app, person, &key(n), &form(slot)).await
            })).await
        };
        let first = rush().await;
        let (booked, refused, alone) = together(app).await;
        assert!(booked > 30, "{booked} of 60 were served together, {alone} sent back");
        assert_eq!(refused, 0);
        let mut ids: Vec<Uuid> = first.iter().map(|reply| id(&reply.expect(201))).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 60);
        for (person, reply) in people.iter().zip(&first) {
            let path = format!("/api/v1/bookings/{}", id(&reply.json()));
            let mine = app.get(&path).by(person).send().await.expect(200);
            assert_eq!(mine["timeline"].as_array().unwrap().len(), 1);
        }
        let by = "SELECT COUNT(*) FROM booking_events e JOIN bookings b ON b.id = e.booking_id \
                  WHERE e.actor_kind = 'resident' AND e.actor_id = b.account_id";
        assert_eq!(app.count(by).await, 60);
        assert_eq!(counters_of(app, slot).await, (60, 0));
        assert_eq!(app.count(app.engine().bookings_that_expire()).await, 60);
        for (first, again) in first.iter().zip(rush().await) {
            again.expect(201);
            assert_eq!(first.body, again.body, "byte for byte");
            assert!(again.headers.contains_key("idempotency-replayed"));
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM bookings").await, 60);
        let other = json!({ "slot_id": slot, "product_name": "灯" });
        ask(app, &people[0], &key(0), &other).await.problem(422, "idempotency_key_reused");
    }

    async fn whoever_may_not_book_is_told_why_and_takes_no_place(
        app, config => { wide_pool(config); config.appointments.account_quota = 1; }
    ) {
        let lab = app.lab("实验室").await;
        let (slot, other) = (app.slot(&lab, 48, 12).await, app.slot(&lab, 72, 50).await);
        let people = app.residents(40).await;
        // Four have used up their quota elsewhere, three have a place here, two may not book for a while.
        for person in &people[..4] {
            app.booking(person, other).await;
        }
        for person in &people[4..7] {
            app.booking(person, slot).await;
        }
        for person in &people[7..9] {
            let pause = booking_pause::Model {
                account_id: person.id,
                until: app.now() + TimeDelta::days(3),
                reason_code: "no_show".to_owned(),
                created_at: app.now(),
            };
            pause.into_active_model().insert(&app.app.db).await.unwrap();
        }
        let replies = join_all(people.iter().enumerate().map(async |(n, person)| {
            ask(app, person, &key(n), &form(slot)).await
        })).await;
        let expected = [("already_booked", 3), ("booking_paused", 2), ("ok", 9), ("quota_exceeded", 4), ("slot_held", 22)];
        assert_eq!(codes(&replies), expected.map(|(code, n)| (code.to_owned(), n)).into());
        assert_eq!(counters_of(app, slot).await, (12, 0));
        assert_eq!(app.broken_slots().await, 0);
        // A refusal leaves no key behind: whoever asks again is looked at anew.
        assert_eq!(app.count("SELECT COUNT(*) FROM idempotency_keys WHERE operation = 'create_booking'").await, 9);
        let (booked, refused, _) = together(app).await;
        assert!(booked > 0 && refused > 10, "{booked} booked and {refused} refused together");
    }

    async fn groups_holds_and_single_places_stand_in_one_line(app, config => { wide_pool(config); }) {
        let lab = app.lab("实验室").await;
        let slot = app.slot(&lab, 48, 200).await;
        let people = app.residents(45).await;
        let replies = join_all(people.iter().enumerate().map(async |(n, person)| match n % 3 {
            0 => post(app, person, "/holds", json!({ "slot_id": slot })).await,
            1 => ask(app, person, &key(n), &form(slot)).await,
            _ => {
                let roster: Vec<Value> = (0..4).map(|seat| json!({ "name": format!("同学{seat}") })).collect();
                let body = json!({ "slot_id": slot, "product_name": "文具", "units": 4, "roster": roster });
                ask(app, person, &key(n), &body).await
            }
        })).await;
        for (n, reply) in replies.iter().enumerate() {
            let view = reply.expect(201);
            let (status, units) = if n % 3 == 0 { ("held", 1) } else { ("pending_lab", if n % 3 == 1 { 1 } else { 4 }) };
            assert_eq!((&view["status"], &view["units"]), (&json!(status), &json!(units)));
            assert_eq!(view["expires_at"].is_null(), n % 3 != 0);
            assert_eq!(view["confirm_by"].is_null(), n % 3 == 0);
        }
        assert_eq!(counters_of(app, slot).await, (90, 0));
        assert_eq!(app.count("SELECT COUNT(*) FROM booking_rosters").await, 60);
        assert!(together(app).await.0 > 20);
    }

    async fn a_slot_that_takes_nobody_says_so_to_all(app, config => { wide_pool(config); }) {
        let lab = app.lab("实验室").await;
        let slot = app.slot(&lab, 48, 9).await;
        let people = app.residents(30).await;
        app.execute(&format!("UPDATE slots SET status = 'closed' WHERE id = {}", app.literal(slot))).await;
        let rush = async |slot| {
            let asks = people.iter().map(|person| post(app, person, "/bookings", form(slot)));
            codes(&join_all(asks).await)
        };
        assert_eq!(rush(slot).await, [("slot_closed".to_owned(), 30)].into());
        assert_eq!(rush(Uuid::nil()).await, [("not_found".to_owned(), 30)].into());
        let open = app.slot(&lab, 50, 9).await;
        app.execute("UPDATE labs SET status = 'suspended'").await;
        assert_eq!(rush(open).await, [("slot_closed".to_owned(), 30)].into());
        assert_eq!(app.count("SELECT COUNT(*) FROM bookings").await, 0);
    }
}
