//! Requests for places that are served in one transaction: each has the answer it would have had
//! alone.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use chrono::TimeDelta;
use entity::booking_pause;
use futures_util::future::join_all;
use sanjin::platform::db::AuditActor;
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait as _, DbBackend, IntoActiveModel as _, Statement,
};
use serde_json::{Value, json};
use tests::{Engine, Person, TestApp, TestResponse, backends, wide_pool};
use tokio::time::sleep;
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

/// How a statement that PostgreSQL keeps reads a table.
#[derive(Debug)]
struct Scan {
    table: String,
    is_by_key: bool,
    /// For whoever has to find out why not.
    #[expect(dead_code, reason = "shown when the test fails")]
    plan: String,
}

/// What the connections for transactions by key know how to do.
async fn plans_by_key(app: &TestApp) -> Vec<Scan> {
    let (mut connections, mut scans) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        connections.push(app.app.begin_by_key(AuditActor::System).await.unwrap());
    }
    for tx in &connections {
        let query = async |sql: String| {
            let rows = tx.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
            rows.unwrap()
        };
        // The table of each index, and its first column.
        let indexes = "SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text, a.attname::text \
                       FROM pg_index i \
                       JOIN pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum = 1";
        let indexes: HashMap<String, (String, String)> = query(indexes.to_owned())
            .await
            .iter()
            .map(|row| row.try_get_many_by_index().unwrap())
            .map(|(index, table, column)| (index, (table, column)))
            .collect();
        let kept = "SELECT name, cardinality(parameter_types) FROM pg_prepared_statements \
                    WHERE cardinality(parameter_types) > 0";
        for row in query(kept.to_owned()).await {
            let (name, parameters): (String, i32) = row.try_get_many_by_index().unwrap();
            let nothing = vec!["NULL"; usize::try_from(parameters).unwrap()].join(", ");
            let plan: Vec<String> =
                query(format!("EXPLAIN (COSTS OFF) EXECUTE {name} ({nothing})"))
                    .await
                    .iter()
                    .map(|row| row.try_get_by_index(0).unwrap())
                    .collect();
            for (n, line) in plan.iter().enumerate() {
                let after =
                    |words: &str| Some(line.split_once(words)?.1.split(' ').next().unwrap());
                let scan = if let Some(index) = after(" using ").or(after("Bitmap Index Scan on "))
                {
                    let (table, column) = &indexes[index];
                    let next = plan.get(n + 1).map_or("", |line| line.trim_start());
                    let condition = next.trim_start_matches("Index Cond: ");
                    let is_by_key =
                        condition.trim_start_matches('(').starts_with(&format!("{column} = "));
                    Some((table.as_str(), is_by_key))
                } else {
                    after("Seq Scan on ").map(|table| (table, false))
                };
                let Some((table, is_by_key)) = scan else { continue };
                scans.push(Scan { table: table.to_owned(), is_by_key, plan: plan.join("\n") });
            }
        }
    }
    scans
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
        // Few jobs end the waiting of all.
        let jobs = "SELECT COUNT(*) FROM jobs WHERE kind = 'booking.expire'";
        assert!(app.count(jobs).await < 60);
        app.advance(TimeDelta::hours(25));
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM bookings WHERE status = 'expired'").await, 60);
        assert_eq!(counters_of(app, slot).await, (0, 0));
    }

    async fn who_got_in_between_is_refused_and_the_others_are_served_together(
        app, config => { wide_pool(config); }
    ) {
        if app.engine() == Engine::Sqlite {
            // One writer at a time: nobody gets in between.
            return;
        }
        let lab = app.lab("实验室").await;
        let (slot, other) = (app.slot(&lab, 48, 50).await, app.slot(&lab, 72, 5).await);
        let people = app.residents(24).await;
        let (late, others) = people.split_last().unwrap();
        let before = app.literal(app.booking(late, other).await);
        let literal = app.literal(slot);
        // Whoever asks first waits for the slot, all others for them, and then for a booking of one of
        // them that nobody sees yet.
        let between = app.app.begin(AuditActor::System).await.unwrap();
        let sql = format!("UPDATE bookings SET slot_id = {literal} WHERE id = {before}");
        between.execute_unprepared(&sql).await.unwrap();
        let gate = app.app.begin(AuditActor::System).await.unwrap();
        let sql = format!("SELECT id FROM slots WHERE id = {literal} FOR NO KEY UPDATE");
        gate.execute_unprepared(&sql).await.unwrap();
        let somebody_waits = async || {
            let sql = "SELECT COUNT(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
            while app.count(sql).await == 0 {
                sleep(Duration::from_millis(20)).await;
            }
        };
        let rush = join_all(others.iter().enumerate().map(async |(n, person)| {
            ask(app, person, &key(n), &form(slot)).await
        }));
        let (replies, refused) = tokio::join!(rush, async {
            somebody_waits().await;
            let (key, form) = (key(99), form(slot));
            let asks = ask(app, late, &key, &form);
            let (refused, ()) = tokio::join!(asks, async {
                sleep(Duration::from_millis(500)).await;
                gate.commit().await.unwrap();
                sleep(Duration::from_millis(200)).await;
                somebody_waits().await;
                between.commit().await.unwrap();
            });
            refused
        });
        refused.problem(409, "already_booked");
        for reply in &replies {
            reply.expect(201);
        }
        assert_eq!(counters_of(app, slot).await, (23, 0));
        let (booked, ..) = together(app).await;
        assert!(booked > 15, "{booked} of 23 were served together");
        // Whoever moved the booking behind our back did not count it.
        let other = app.literal(other);
        app.execute(&format!("UPDATE slots SET held = held - 1 WHERE id = {other}")).await;
        app.execute(&format!("UPDATE slots SET held = held + 1 WHERE id = {literal}")).await;
    }

    async fn who_asks_is_looked_up_by_key_however_small_tables_were(
        app, config => { wide_pool(config); }
    ) {
        if app.engine() == Engine::Sqlite {
            return;
        }
        let lab = app.lab("实验室").await;
        let slot = app.slot(&lab, 24, 100).await;
        let people = app.residents(40).await;
        app.execute("VACUUM ANALYZE").await;
        join_all(people.iter().enumerate().map(async |(n, person)| {
            ask(app, person, &key(n), &form(slot)).await.expect(201);
        })).await;
        let plans = plans_by_key(app).await;
        // What grows with the requests; the statistics of slots and labs are made long before.
        for table in ["accounts", "bookings", "booking_pauses", "idempotency_keys"] {
            let of_table: Vec<&Scan> = plans.iter().filter(|scan| scan.table == table).collect();
            assert!(!of_table.is_empty(), "{table} is looked at");
            for scan in of_table {
                assert!(scan.is_by_key, "{scan:?}");
            }
        }
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

    async fn who_asks_several_times_at_once_has_no_more_than_the_quota(
        app, config => { wide_pool(config); config.appointments.account_quota = 2; }
    ) {
        let lab = app.lab("实验室").await;
        let mut slots = Vec::new();
        for hours in 48..53 {
            slots.push(app.slot(&lab, hours, 40).await);
        }
        let people = app.residents(20).await;
        // One after the other, so that the requests of one person come in different batches.
        let requests = slots.iter().flat_map(|slot| people.iter().map(move |person| (person, *slot)));
        let replies = join_all(requests.enumerate().map(async |(n, (person, slot))| {
            ask(app, person, &key(n), &form(slot)).await
        })).await;
        assert_eq!(codes(&replies), BTreeMap::from([("ok".into(), 40), ("quota_exceeded".into(), 60)]));
        let most = "SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM bookings GROUP BY account_id) AS own";
        assert_eq!(app.count(most).await, 2);
        assert_eq!(app.count("SELECT SUM(held) FROM slots").await, 40);
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
