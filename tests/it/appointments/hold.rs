//! A place held while the form is filled in.

use chrono::TimeDelta;
use serde_json::json;
use tests::backends;
use uuid::Uuid;

use super::{cancel, counters, hold, id, post, read};

backends! {
    async fn create_hold_keeps_a_place_for_the_form(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 1).await;
        let person = app.resident("xiaoming").await;
        let held = post(app, &person, "/holds", json!({ "slot_id": slot })).await.expect(201);
        assert_eq!([&held["status"], &held["product_name"]], ["held", ""]);
        assert_eq!(held["expires_at"], "2026-11-20T02:10:00Z");
        assert_eq!([&held["confirm_by"], &held["units"]], [&json!(null), &json!(1)]);
        assert_eq!(held["allowed_actions"], json!(["request", "cancel"]));
        assert_eq!(counters(app).await, (1, 0));
        let other = app.resident("xiaohong").await;
        let refused = post(app, &other, "/holds", json!({ "slot_id": slot })).await;
        refused.problem(409, "slot_held");
        assert_eq!(refused.header("retry-after"), "600");

        app.advance(TimeDelta::seconds(599));
        let path = format!("/bookings/{}/request", held["id"].as_str().unwrap());
        let asked = post(app, &person, &path, json!({ "product_name": "玩具" })).await.expect(200);
        assert_eq!([&asked["status"], &asked["product_name"]], ["pending_lab", "玩具"]);
        assert_eq!(asked["confirm_by"], "2026-11-21T02:09:59Z");
        // The end of the hold is no longer its end.
        app.advance(TimeDelta::seconds(1));
        assert!(app.drain_jobs().await >= 1);
        assert_eq!(read(app, &person, id(&asked)).await["status"], "pending_lab");
        app.advance(TimeDelta::hours(24));
        app.drain_jobs().await;
        let person = app.resident("xiaoming").await;
        let detail = read(app, &person, id(&asked)).await;
        let timeline: Vec<_> = detail["timeline"].as_array().unwrap().iter().map(|line| &line["status"]).collect();
        assert_eq!(timeline, ["held", "pending_lab", "expired"]);
        assert_eq!(counters(app).await, (0, 0));
    }

    async fn create_hold_that_nobody_uses_ends_when_it_says(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 1).await;
        let person = app.resident("xiaoming").await;
        let held = hold(app, &person, slot).await;
        let path = format!("/bookings/{held}/request");
        app.advance(TimeDelta::seconds(599));
        app.drain_jobs().await;
        assert_eq!(counters(app).await, (1, 0));
        app.advance(TimeDelta::seconds(1));
        // Too late even before the job has run.
        let late = post(app, &person, &path, json!({ "product_name": "玩具" })).await;
        late.problem(409, "hold_expired");
        app.drain_jobs().await;
        assert_eq!(read(app, &person, held).await["status"], "expired");
        assert_eq!(counters(app).await, (0, 0));
        assert!(app.walk("/api/v1/notifications", Some(&person), 5).await.is_empty());
        let late = post(app, &person, &path, json!({ "product_name": "玩具" })).await;
        late.problem(409, "booking_not_pending");
        hold(app, &person, slot).await;
    }

    async fn create_hold_waits_no_longer_than_the_setting(
        app, config => { config.appointments.hold_secs = 30; }
    ) {
        let lab = app.lab("甲实验室").await;
        let person = app.resident("xiaoming").await;
        let held = hold(app, &person, app.slot(&lab, 48, 1).await).await;
        app.advance(TimeDelta::seconds(30));
        app.drain_jobs().await;
        assert_eq!(read(app, &person, held).await["status"], "expired");
    }

    async fn create_hold_is_given_back_by_its_owner(app) {
        let lab = app.lab("甲实验室").await;
        let person = app.resident("xiaoming").await;
        let held = hold(app, &person, app.slot(&lab, 48, 1).await).await;
        cancel(app, &person, held).await.expect(200);
        assert_eq!(counters(app).await, (0, 0));
        cancel(app, &person, held).await.problem(409, "booking_not_pending");
    }

    async fn request_booking_of_somebody_else_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let (owner, thief) = (app.resident("xiaoming").await, app.resident("dahei").await);
        let held = hold(app, &owner, app.slot(&lab, 48, 1).await).await;
        for held in [held, Uuid::nil()] {
            let path = format!("/bookings/{held}/request");
            post(app, &thief, &path, json!({ "product_name": "玩具" })).await.problem(404, "not_found");
        }
        assert_eq!(read(app, &owner, held).await["status"], "held");
    }

    async fn request_booking_with_a_wrong_field_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let person = app.resident("xiaoming").await;
        let held = hold(app, &person, app.slot(&lab, 48, 1).await).await;
        let path = format!("/api/v1/bookings/{held}/request");
        let form = json!({ "product_name": "玩具", "beneficiary": { "name": "王大爷" } });
        app.refuses_each(|| app.post(&path).by(&person), &form, [
            ("product_name", json!("")),
            ("product_name", json!("物".repeat(61))),
            ("beneficiary.name", json!("王")),
            ("beneficiary.name", json!(null)),
            ("beneficiary.phone", json!("123")),
            ("roster", json!([{ "label": "1" }, { "label": "2" }])),
            ("units", json!(3)),
        ]).await;
        let hold = json!({ "slot_id": Uuid::nil() });
        app.refuses_each(|| app.post("/api/v1/holds").by(&person), &hold, [
            ("slot_id", json!("7")), ("units", json!(0)), ("units", json!(-1)), ("units", json!(61)),
            ("units", json!(2_147_483_648_i64)), ("product_name", json!("玩具")),
        ]).await;
        assert_eq!(read(app, &person, held).await["status"], "held");
    }

    async fn request_booking_again_with_one_key_gives_one_answer(app) {
        let lab = app.lab("甲实验室").await;
        let person = app.resident("xiaoming").await;
        let held = hold(app, &person, app.slot(&lab, 48, 1).await).await;
        let path = format!("/api/v1/bookings/{held}/request");
        let ask = |product: &str| {
            let body = json!({ "product_name": product });
            app.post(&path).by(&person).header("idempotency-key", "the-form-0001").json(body).send()
        };
        let first = ask("玩具").await;
        first.expect(200);
        let again = ask("玩具").await;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(again.header("idempotency-replayed"), "true");
        ask("别的").await.problem(422, "idempotency_key_reused");
    }
}
