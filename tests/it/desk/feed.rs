//! A calendar to subscribe to.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Lab, Person, TestApp, TestResponse, backends, plant, read_calendar};

use super::{confirmed, desk};

const FEEDS: &str = "/api/v1/staff/calendar-feeds";

async fn create(app: &TestApp, who: &Person, lab: &Lab) -> TestResponse {
    let body = json!({ "lab_id": lab.id, "label": "前台电脑" });
    app.post(FEEDS).by(who).json(body).send().await
}

/// Its address, which is a secret.
fn address(feed: &Value) -> &str {
    let address = feed["secret"].as_str().unwrap();
    plant(address.rsplit('/').next().unwrap().trim_end_matches(".ics"));
    address
}

async fn revoke(app: &TestApp, who: &Person, feed: &Value) -> TestResponse {
    let path = format!("{FEEDS}/{}/revocation", feed["id"].as_str().unwrap());
    app.post(&path).by(who).send().await
}

backends! {
    async fn get_lab_calendar_shows_what_and_when_and_nobodys_name(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let slot = app.slot(&lab, 48, 9).await;
        let body = json!({
            "slot_id": slot, "product_name": "儿童安全座椅；甲,乙", "units": 2,
            "beneficiary": { "name": "欧阳小明", "phone": "13700137000" },
        });
        let post = app.post("/api/v1/bookings").by(&app.resident("a").await).json(body);
        let waiting = post.send().await.expect(201);
        let booking = confirmed(app, &lab, "b", slot).await;
        confirmed(app, &lab, "far", app.slot(&lab, 24 * 70, 1).await).await;
        confirmed(app, &other, "c", app.slot(&other, 48, 1).await).await;
        let feed = create(app, &lab.staff, &lab).await.expect(201);
        let token = address(&feed).rsplit('/').next().unwrap().trim_end_matches(".ics");
        assert!(app.tables_with(token).await.is_empty(), "the address is stored");
        let reply = app.get(address(&feed)).send().await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(reply.header("content-type"), "text/calendar; charset=utf-8");
        assert_eq!(reply.header("cache-control"), "private, no-cache");
        let text = reply.text();
        let calendar = read_calendar(&text);
        assert_eq!((calendar.method.as_str(), calendar.events.len()), ("PUBLISH", 2));
        assert!(text.contains("END:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\n"), "{text}");
        let find = |id: &str| {
            let uid = format!("{id}@booking.sanjin");
            calendar.events.iter().find(|event| event.uid == uid).unwrap()
        };
        let tentative = find(waiting["id"].as_str().unwrap());
        assert_eq!(tentative.status, "TENTATIVE");
        let summary = &tentative.summary;
        assert!(summary.contains("儿童安全座椅") && summary.contains(waiting["public_code"].as_str().unwrap()));
        assert_eq!(find(&booking.to_string()).status, "CONFIRMED");
        assert!(!text.contains("小明") && !text.contains("欧") && !text.contains("13700137000"));

        let etag = reply.header("etag").to_owned();
        app.advance(TimeDelta::minutes(5));
        let again = app.get(address(&feed)).header("if-none-match", &etag).send().await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
        let path = format!("/api/v1/bookings/{booking}/cancellation");
        app.post(&path).by(&app.resident("b").await).json(json!({})).send().await.expect(200);
        let changed = app.get(address(&feed)).header("if-none-match", &etag).send().await;
        assert_eq!(read_calendar(&changed.text()).events.len(), 1);
        // A week and a day later it is history.
        app.advance(TimeDelta::days(11));
        app.drain_jobs().await;
        let later = read_calendar(&app.get(address(&feed)).send().await.text());
        assert_eq!(later.events.len(), 1, "what was far is near");
    }

    async fn a_calendar_feed_ends_with_its_revocation(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        create(app, &other.staff, &lab).await.problem(404, "not_found");
        let kept = create(app, &lab.staff, &lab).await.expect(201);
        app.advance(TimeDelta::seconds(1));
        let feed = create(app, &lab.staff, &lab).await.expect(201);
        assert_ne!(address(&feed), address(&kept));
        revoke(app, &other.staff, &feed).await.problem(404, "not_found");
        let lab_desk = desk(app, &lab).await;
        let first = revoke(app, &lab_desk, &feed).await.expect(200);
        app.advance(TimeDelta::seconds(1));
        assert_eq!(revoke(app, &lab_desk, &feed).await.expect(200), first);
        app.get(address(&feed)).send().await.problem(404, "not_found");
        assert_eq!(app.get(address(&kept)).send().await.status, 200);
        for nowhere in ["x.ics", "中文.ics"] {
            app.get(&format!("/api/v1/calendars/{nowhere}")).send().await.problem(404, "not_found");
        }
        let feeds = app.walk(FEEDS, Some(&lab_desk), 1).await;
        assert_eq!([&feeds[0]["id"], &feeds[1]["id"]], [&feed["id"], &kept["id"]]);
        assert!(feeds[0]["revoked_at"].is_string() && feeds[0].get("secret").is_none());
        assert!(app.walk(FEEDS, Some(&other.staff), 5).await.is_empty());
        app.refuses_bad_pages(FEEDS, Some(&lab_desk)).await;
        let body = json!({ "lab_id": lab.id, "label": "前台" });
        app.refuses_each(|| app.post(FEEDS).by(&lab_desk), &body, [
            ("label", json!("")), ("label", json!("甲".repeat(41))), ("label", json!("a\nb")),
            ("lab_id", json!("x")),
        ]).await;
    }
}
