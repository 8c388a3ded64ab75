//! Slots are generated once, whatever happens at the same time, and what is sold stays sold.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures_util::future::join_all;
use sanjin::features::{self, plans::GeneratePlan};
use sanjin::platform::db::AuditActor;
use sanjin::platform::jobs::{Schedule, Worker};
use serde_json::{Value, json};
use tests::{TestApp, backends, plan_rule, wide_pool, with};
use uuid::Uuid;

use super::{changed_to, id, plan, post_plan, put, read, slot_at, slots};

async fn ask(app: &TestApp, plan_id: Uuid, times: usize) {
    let mut tx = app.app.begin(AuditActor::System).await.unwrap();
    for _ in 0..times {
        tx.enqueue(&GeneratePlan { plan_id }, Schedule::now()).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn stored(app: &TestApp) -> i64 {
    app.count("SELECT COUNT(*) FROM slots").await
}

backends! {
    async fn generate_over_sold_slots_keeps_what_was_sold(app) {
        let lab = app.lab("甲实验室").await;
        let mut rule = plan_rule();
        (rule["reserved_units"], rule["notice_minutes"]) = (json!(1), json!(1440));
        let plan = plan(app, &lab, rule).await;
        let all = slots(app).await;
        assert_eq!(all.len(), 16);
        let facts = ["starts_at", "ends_at", "starts_on", "capacity", "available"].map(|f| &all[3][f]);
        assert_eq!(facts, [
            &json!("2026-11-24T07:15:00Z"), &json!("2026-11-24T08:15:00Z"), &json!("2026-11-24"), &json!(2), &json!(1),
        ]);
        let person = app.resident("xiaoming").await;
        app.booking(&person, slot_at(app, "2026-11-24T07:15:00Z").await).await;
        let before = app.dump("slots").await;
        ask(app, plan, 3).await;
        app.drain_jobs().await;
        assert_eq!(app.dump("slots").await, before, "nothing was touched");
        // The notice closes the slot a day ahead, when the usual cut-off is two hours.
        app.advance(TimeDelta::hours(3 * 24));
        let person = app.resident("xiaohong").await;
        let body = json!({ "slot_id": all[3]["id"], "product_name": "玩具" });
        let late = app.post("/api/v1/bookings").by(&person).json(body).send().await;
        late.problem(409, "slot_held");
        let body = json!({ "slot_id": all[0]["id"], "product_name": "玩具" });
        let late = app.post("/api/v1/bookings").by(&person).json(body).send().await;
        late.problem(409, "cutoff_passed");
        app.drain_jobs().await;
    }

    async fn generate_follows_the_horizon_hour_by_hour(app) {
        let lab = app.lab("甲实验室").await;
        plan(app, &lab, plan_rule()).await;
        assert_eq!(stored(app).await, 16);
        // Until the 8th of December, a Tuesday, comes into reach at midnight in China.
        app.advance(TimeDelta::hours(3 * 24 + 13));
        app.drain_jobs().await;
        assert_eq!(stored(app).await, 16);
        app.advance(TimeDelta::hours(1));
        app.drain_jobs().await;
        assert_eq!(stored(app).await, 20);
    }

    async fn generate_at_midnight_counts_days_in_china(app) {
        let lab = app.lab("甲实验室").await;
        app.advance(TimeDelta::hours(14) - TimeDelta::seconds(1));
        let staff = app.staff(tests::Role::LabStaff, &format!("lab:{}", lab.id)).await;
        let rule = json!({
            "rrule": "FREQ=DAILY", "starts_on": "2026-11-20", "horizon_days": 1, "capacity": 1,
            "windows": [{ "from": "00:00", "to": "24:00" }], "slot_minutes": 60,
        });
        post_plan(app, &staff, &lab, rule).await.expect(201);
        app.drain_jobs().await;
        let days = async || -> BTreeSet<String> {
            let sql = "SELECT COUNT(*) FROM slots WHERE starts_on =";
            let mut found = BTreeSet::new();
            for day in ["2026-11-20", "2026-11-21", "2026-11-22"] {
                found.insert(format!("{day} {}", app.count(&format!("{sql} '{day}'")).await));
            }
            found
        };
        let of = |days: [&str; 3]| days.map(str::to_owned).into_iter().collect::<BTreeSet<_>>();
        assert_eq!(days().await, of(["2026-11-20 0", "2026-11-21 24", "2026-11-22 0"]));
        app.advance(TimeDelta::seconds(1));
        app.drain_jobs().await;
        assert_eq!(days().await, of(["2026-11-20 0", "2026-11-21 24", "2026-11-22 24"]));
    }

    async fn generate_by_four_workers_at_once_inserts_each_slot_once(
        app, config => { wide_pool(config); }
    ) {
        let lab = app.lab("甲实验室").await;
        let mut rule = with(&plan_rule(), "rrule", json!("FREQ=DAILY"));
        rule["horizon_days"] = json!(90);
        let first = post_plan(app, &lab.staff, &lab, rule.clone()).await.expect(201);
        // Another plan of the same service wants the same times.
        let second = post_plan(app, &lab.staff, &lab, rule).await.expect(201);
        for view in [&first, &second] {
            ask(app, id(view), 6).await;
        }
        let workers = [(); 4].map(|()| Worker::new(app.app.clone(), features::jobs()));
        for ran in join_all(workers.iter().map(Worker::drain)).await {
            ran.unwrap();
        }
        // Today from 10:15 on, and four a day for ninety days.
        assert_eq!(stored(app).await, 3 + 90 * 4);
        let distinct = app.count("SELECT COUNT(DISTINCT starts_at) FROM slots").await;
        assert_eq!(distinct, stored(app).await);
    }

    async fn waves_of_release_give_the_district_the_first_hours(app) {
        let lab = app.lab("甲实验室").await;
        let mut rule = plan_rule();
        rule["release"] = json!({ "days_before": 7, "at": "08:30" });
        rule["district_first_minutes"] = json!(120);
        plan(app, &lab, rule).await;
        let person = app.resident("xiaoming").await;
        let book = async |slot: Uuid, person: &tests::Person| {
            let body = json!({ "slot_id": slot, "product_name": "玩具" });
            app.post("/api/v1/bookings").by(person).json(body).send().await
        };
        let all = slots(app).await;
        assert_eq!(all[4]["released_at"], "2026-11-19T00:30:00Z");
        assert_eq!(all[8]["released_at"], "2026-11-24T00:30:00Z");
        let (near, far) = (slot_at(app, "2026-11-26T01:00:00Z").await, id(&all[8]));
        book(near, &person).await.expect(201);
        book(far, &person).await.problem(409, "slot_not_released");
        app.advance(TimeDelta::hours(4 * 24 - 1));
        let person = app.resident("xiaoming").await;
        book(far, &person).await.problem(409, "district_first");
        app.advance(TimeDelta::hours(2));
        let person = app.resident("xiaoming").await;
        book(far, &person).await.expect(201);
        app.drain_jobs().await;
    }

    async fn a_paused_plan_gives_nothing_new_and_an_ended_one_takes_back(app) {
        let lab = app.lab("甲实验室").await;
        let plan = plan(app, &lab, plan_rule()).await;
        let person = app.resident("xiaoming").await;
        app.booking(&person, slot_at(app, "2026-12-03T07:15:00Z").await).await;
        let to = |status: &str| with(&changed_to(plan_rule(), "keep"), "status", json!(status));
        put(app, &lab.staff, plan, 0, to("paused")).await.expect(200);
        app.advance(TimeDelta::hours(4 * 24));
        app.drain_jobs().await;
        assert_eq!(stored(app).await, 16);
        let staff = app.staff(tests::Role::LabStaff, &format!("lab:{}", lab.id)).await;
        put(app, &staff, plan, 1, to("ended")).await.expect(200);
        app.drain_jobs().await;
        // What has begun is history, what was booked is kept, the rest is gone.
        assert_eq!(app.count("SELECT COUNT(*) FROM slots WHERE status = 'withdrawn'").await, 1);
        let ahead = "SELECT COUNT(*) FROM slots WHERE status = 'open' AND starts_on > '2026-11-24'";
        assert_eq!(app.count(ahead).await, 0);
        let view: Value = read(app, &staff, plan).await;
        assert_eq!(view["change"]["bookings_kept"], 0, "nobody had answered in time");
        put(app, &staff, plan, 2, to("active")).await.expect(200);
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM slots WHERE status = 'withdrawn'").await, 0);
    }
}
