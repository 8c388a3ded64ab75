//! How fast labs answer and deliver.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, backends};
use uuid::Uuid;

use super::{confirm, desk};

const LEVELS: &str = "/api/v1/staff/service-levels";

async fn levels(app: &TestApp, who: &Person, query: &str) -> Vec<Value> {
    let reply = app.get(&format!("{LEVELS}{query}")).by(who).send().await.expect(200);
    reply["items"].as_array().unwrap().clone()
}

/// Somebody came, and waits for a result.
async fn visit(app: &TestApp, booking: Uuid) {
    let (id, now) = (app.literal(booking), app.now().to_rfc3339());
    app.execute(&format!(
        "UPDATE bookings SET status = 'testing', checked_in_at = '{now}' WHERE id = {id}"
    ))
    .await;
}

async fn deliver(app: &TestApp, booking: Uuid) {
    let (id, now) = (app.literal(booking), app.now().to_rfc3339());
    app.execute(&format!(
        "UPDATE bookings SET status = 'completed', completed_at = '{now}' WHERE id = {id}"
    ))
    .await;
}

backends! {
    async fn list_service_levels_counts_what_was_asked_and_answered(app) {
        let lab = app.lab("甲实验室").await;
        app.advance(TimeDelta::seconds(1));
        let idle = app.lab("乙实验室").await;
        let slot = app.slot(&lab, 24 * 9, 60).await;
        let people = app.residents(10).await;
        let mut bookings = Vec::new();
        for person in &people {
            bookings.push(app.booking(person, slot).await);
        }
        // Answered after 1, 2, … 8 minutes; one rejected; the tenth expires.
        for booking in &bookings[..8] {
            app.advance(TimeDelta::minutes(1));
            confirm(app, &lab.staff, *booking).await;
        }
        app.advance(TimeDelta::minutes(92));
        let lab_desk = desk(app, &lab).await;
        let path = format!("/api/v1/staff/bookings/{}/rejection", bookings[8]);
        let no = json!({ "reason": "设备检修" });
        app.post(&path).by(&lab_desk).json(no).send().await.expect(200);
        app.advance(TimeDelta::hours(24));
        app.drain_jobs().await;
        let lab_desk = desk(app, &lab).await;
        // What the lab itself booked was asked of nobody.
        let own = json!({
            "slot_id": slot, "product_name": "玩具", "channel": "phone", "units": 1,
            "beneficiary": { "name": "王小明", "phone": "13800138000" },
        });
        app.post("/api/v1/staff/bookings").by(&lab_desk).json(own).send().await.expect(201);
        let month = levels(app, &lab_desk, "?month=2026-11").await;
        assert_eq!(month.len(), 1, "one's own lab");
        assert_eq!(month[0]["lab_id"], json!(lab.id));
        assert_eq!(month[0]["confirmation"], json!({
            "requests": 10, "answered": 9, "answered_in_time": 9, "in_time_per_mille": 900,
            "expired": 1, "median_secs": 300, "p90_secs": 6000,
        }));
        assert_eq!(levels(app, &lab_desk, "").await, month);
        let none = levels(app, &lab_desk, "?month=2026-12").await;
        assert_eq!(none[0]["confirmation"]["requests"], 0);
        assert_eq!(none[0]["confirmation"]["median_secs"], Value::Null);

        // Results after 1, 2, 3 and 20 days, and one that is not there. Ten working days are two weeks.
        for booking in &bookings[..5] {
            visit(app, *booking).await;
        }
        for booking in &bookings[..3] {
            app.advance(TimeDelta::days(1));
            deliver(app, *booking).await;
        }
        app.drain_jobs().await;
        let a_day = 24 * 3600;
        let lab_desk = desk(app, &lab).await;
        assert_eq!(levels(app, &lab_desk, "?month=2026-11").await[0]["result"], json!({
            "visits": 5, "delivered": 3, "late": 0, "median_secs": 2 * a_day, "p90_secs": 3 * a_day,
        }));
        app.advance(TimeDelta::days(17));
        app.drain_jobs().await;
        deliver(app, bookings[3]).await;
        let hq = app.staff(Role::HqAdmin, "country").await;
        let both = levels(app, &hq, "?month=2026-11").await;
        assert_eq!(both.iter().map(|level| level["lab_id"].clone()).collect::<Vec<_>>(), [json!(lab.id), json!(idle.id)]);
        assert_eq!(both[0]["result"], json!({
            "visits": 5, "delivered": 4, "late": 2, "median_secs": 2 * a_day, "p90_secs": 20 * a_day,
        }), "what came late stays late");
        app.drain_jobs().await;
    }

    async fn list_service_levels_are_those_of_ones_own_region(app) {
        let here = app.lab("甲实验室").await;
        app.advance(TimeDelta::seconds(1));
        let there = app.lab("乙实验室").await;
        let id = app.literal(there.id);
        app.execute(&format!("UPDATE labs SET region_code = '310101' WHERE id = {id}")).await;
        let beijing = app.staff(Role::ProvinceReporter, "region:11").await;
        let shanghai = app.staff(Role::ProvinceReporter, "region:31").await;
        let hq = app.staff(Role::HqAdmin, "country").await;
        for (who, query, wanted) in [
            (&beijing, "", vec![here.id]),
            (&shanghai, "", vec![there.id]),
            (&hq, "?region=31", vec![there.id]),
            (&hq, "?limit=1", vec![here.id]),
            (&beijing, "?region=31", vec![]),
            (&here.staff, "", vec![here.id]),
        ] {
            let seen: Vec<Value> = levels(app, who, query).await.iter().map(|l| l["lab_id"].clone()).collect();
            assert_eq!(json!(seen), json!(wanted), "{query}");
        }
        let other = format!("?lab_id={}", there.id);
        assert!(levels(app, &beijing, &other).await.is_empty());
        for month in ["", "2026", "2026-13", "x", "2026-11-01"] {
            app.get(&format!("{LEVELS}?month={month}")).by(&hq).send().await.invalid("month");
        }
        app.get(&format!("{LEVELS}?region=99")).by(&hq).send().await.problem(422, "unknown_region");
        app.refuses_bad_pages(LEVELS, Some(&hq)).await;
        let editor = app.staff(Role::Editor, "country").await;
        app.get(LEVELS).by(&editor).send().await.problem(403, "forbidden");
    }
}
