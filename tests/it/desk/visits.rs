//! A day's list.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tests::{Lab, Role, TestApp, backends};
use uuid::Uuid;

use super::{confirm, confirmed, desk};

const VISITS: &str = "/api/v1/staff/visits";

async fn slot_at(app: &TestApp, lab: &Lab, at: &str, hours: i64) -> Uuid {
    let starts_at: DateTime<Utc> = at.parse().unwrap();
    let slot = json!({
        "service_id": lab.service_id, "capacity": 9, "starts_at": starts_at,
        "ends_at": starts_at + TimeDelta::hours(hours),
    });
    let post = app.post("/api/v1/staff/slots").by(&lab.staff).json(slot);
    post.send().await.expect(201)["id"].as_str().unwrap().parse().unwrap()
}

fn ids(visits: &[Value]) -> Vec<&str> {
    visits.iter().map(|visit| visit["id"].as_str().unwrap()).collect()
}

backends! {
    async fn list_visits_is_a_day_of_china_in_order_of_time(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        // The day in China begins at 16:00 UTC of the day before.
        let before = slot_at(app, &lab, "2026-11-22T15:59:59Z", 1).await;
        let last = slot_at(app, &lab, "2026-11-23T15:59:59Z", 1).await;
        let first = slot_at(app, &lab, "2026-11-22T16:00:00Z", 1).await;
        let after = slot_at(app, &lab, "2026-11-23T16:00:00Z", 1).await;
        confirmed(app, &lab, "a", before).await;
        let late = confirmed(app, &lab, "b", last).await;
        let early = confirmed(app, &lab, "c", first).await;
        let waiting = app.booking(&app.resident("d").await, first).await;
        confirmed(app, &lab, "e", after).await;
        let gone = app.booking(&app.resident("f").await, first).await;
        let path = format!("/api/v1/bookings/{gone}/cancellation");
        app.post(&path).by(&app.resident("f").await).json(json!({})).send().await.expect(200);
        let elsewhere = app.slot(&other, 60, 1).await;
        confirmed(app, &other, "g", elsewhere).await;

        let day = format!("{VISITS}?on=2026-11-23");
        for limit in [1, 2, 10] {
            let visits = app.walk(&day, Some(&lab.staff), limit).await;
            let mut both = [early.to_string(), waiting.to_string()];
            both.sort();
            let late = late.to_string();
            assert_eq!(ids(&visits), [both[0].as_str(), &both[1], &late]);
        }
        let confirmed_only = format!("{day}&status=confirmed&lab_id={}", lab.id);
        let visits = app.walk(&confirmed_only, Some(&lab.staff), 10).await;
        assert_eq!(ids(&visits), [early.to_string(), late.to_string()]);
        assert_eq!(visits[0]["allowed_actions"], json!(["cancel"]));
        assert!(visits[0]["public_code"].as_str().unwrap().len() == 10 && visits[0]["units"] == 1);
        let cancelled = format!("{day}&status=cancelled_by_user");
        assert_eq!(app.walk(&cancelled, Some(&lab.staff), 10).await.len(), 1);
        let stop = format!("{day}&stop_id={}", Uuid::nil());
        assert!(app.walk(&stop, Some(&lab.staff), 10).await.is_empty());
        // Another lab's, by asking for it too.
        let foreign = format!("{day}&lab_id={}", other.id);
        assert!(app.walk(&foreign, Some(&lab.staff), 10).await.is_empty());
        app.refuses_bad_pages(VISITS, Some(&lab.staff)).await;
        for wrong in ["on=2026-02-31", "on=today", "status=lost", "lab_id=x"] {
            let get = app.get(&format!("{VISITS}?{wrong}")).by(&lab.staff);
            get.send().await.problem(422, "validation_failed");
        }
        let editor = app.staff(Role::Editor, "country").await;
        app.get(VISITS).by(&editor).send().await.problem(403, "forbidden");
    }

    async fn list_visits_of_today_is_asked_again_for_nothing(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 4, 3).await;
        let body = json!({
            "slot_id": slot, "product_name": "儿童安全座椅",
            "beneficiary": { "name": "欧阳小明", "phone": "13700137000" },
        });
        let person = app.resident("xiaoming").await;
        let post = app.post("/api/v1/bookings").by(&person).json(body);
        let booking: Uuid = post.send().await.expect(201)["id"].as_str().unwrap().parse().unwrap();
        confirm(app, &lab.staff, booking).await;
        let reply = app.get(VISITS).by(&lab.staff).send().await;
        assert_eq!(reply.header("cache-control"), "private, no-cache");
        let visits = reply.expect(200);
        assert_eq!(visits["items"][0]["beneficiary"]["name"], "欧***");
        assert!(!reply.text().contains("小明") && !reply.text().contains("account_id"));
        let etag = reply.header("etag").to_owned();
        let again = app.get(VISITS).by(&lab.staff).header("if-none-match", &etag).send().await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
        // What may be done changes with the time.
        app.advance(TimeDelta::hours(3));
        let now = app.get(VISITS).by(&desk(app, &lab).await).header("if-none-match", &etag);
        let now = now.send().await.expect(200);
        assert_eq!(now["items"][0]["allowed_actions"], json!(["cancel", "check_in"]));
        app.drain_jobs().await;
    }

    async fn confirm_bookings_tells_how_each_one_stands(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let slot = app.slot(&lab, 48, 9).await;
        let waiting = app.booking(&app.resident("a").await, slot).await;
        let done = confirmed(app, &lab, "b", slot).await;
        let foreign = app.booking(&app.resident("c").await, app.slot(&other, 48, 1).await).await;
        let ids = [waiting, done, foreign, waiting];
        let post = app.post("/api/v1/staff/booking-confirmations").by(&lab.staff);
        let reply = post.json(json!({ "booking_ids": ids })).send().await.expect(200);
        let seen: Vec<_> = reply["outcomes"].as_array().unwrap().iter()
            .map(|outcome| (outcome["code"].as_str(), outcome["booking"]["status"].as_str()))
            .collect();
        assert_eq!(seen, [
            (None, Some("confirmed")),
            (Some("booking_not_pending"), Some("confirmed")),
            (Some("not_found"), None),
            (Some("booking_not_pending"), Some("confirmed")),
        ]);
    }
}
