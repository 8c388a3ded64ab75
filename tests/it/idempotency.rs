//! `Idempotency-Key`: a POST that a citizen would hate to have twice.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Person, TestApp, TestRequest, TestResponse, backends, complaint_body, with};

const KEY: &str = "0190-a-key-of-the-client";

fn complain(app: &TestApp, person: &Person, key: &str, body: Value) -> TestRequest {
    app.post("/api/v1/complaints").by(person).header("idempotency-key", key).json(body)
}

async fn complaints(app: &TestApp) -> i64 {
    app.count("SELECT COUNT(*) FROM complaints").await
}

fn is_replay(reply: &TestResponse) -> bool {
    reply.headers.get("idempotency-replayed").is_some_and(|value| value == "true")
}

backends! {
    async fn submit_complaint_again_with_its_key_replays_byte_for_byte(app) {
        let person = app.resident("xiaoming").await;
        let first = complain(app, &person, KEY, complaint_body()).send().await;
        first.expect(201);
        assert!(!is_replay(&first));
        app.advance(TimeDelta::minutes(10));
        let again = complain(app, &person, KEY, complaint_body()).send().await;
        assert!(is_replay(&again));
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(again.header("content-type"), first.header("content-type"));
        assert_eq!(complaints(app).await, 1);
        // It is the answer of then, whatever happened since.
        let path = format!("/api/v1/complaints/{}/withdrawal", first.json()["id"].as_str().unwrap());
        app.post(&path).by(&person).send().await.expect(200);
        let later = complain(app, &person, KEY, complaint_body()).send().await;
        assert_eq!(later.body, first.body);
    }

    async fn submit_complaint_with_the_key_of_another_body_is_refused(app) {
        let person = app.resident("xiaoming").await;
        complain(app, &person, KEY, complaint_body()).send().await.expect(201);
        let other = with(&complaint_body(), "amount_fen", json!(1));
        let reused = complain(app, &person, KEY, other.clone()).send().await;
        reused.problem(422, "idempotency_key_reused");
        assert_eq!(complaints(app).await, 1);
        complain(app, &person, "another-key", other).send().await.expect(201);
    }

    async fn create_booking_with_the_key_of_another_operation_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 5).await;
        let person = app.resident("xiaoming").await;
        complain(app, &person, KEY, complaint_body()).send().await.expect(201);
        let body = json!({ "slot_id": slot, "product_name": "座椅" });
        let post = app.post("/api/v1/bookings").by(&person).header("idempotency-key", KEY);
        post.json(body).send().await.problem(422, "idempotency_key_reused");
        assert_eq!(app.count("SELECT held FROM slots").await, 0);
    }

    async fn create_booking_again_with_its_key_takes_one_place(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 5).await;
        let person = app.resident("xiaoming").await;
        let book = || {
            let body = json!({ "slot_id": slot, "product_name": "座椅" });
            let post = app.post("/api/v1/bookings").by(&person).header("idempotency-key", KEY);
            post.json(body).send()
        };
        let first = book().await;
        first.expect(201);
        let again = book().await;
        assert!(is_replay(&again));
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(app.count("SELECT held FROM slots").await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM jobs").await, 1);
    }

    async fn create_booking_that_was_refused_may_be_tried_again_with_its_key(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 1).await;
        let (first, second) = (app.resident("xiaoming").await, app.resident("xiaohong").await);
        let booking = app.booking(&first, slot).await;
        let book = || {
            let body = json!({ "slot_id": slot, "product_name": "座椅" });
            let post = app.post("/api/v1/bookings").by(&second).header("idempotency-key", KEY);
            post.json(body).send()
        };
        book().await.problem(409, "slot_held");
        let path = format!("/api/v1/bookings/{booking}/cancellation");
        app.post(&path).by(&first).json(json!({})).send().await.expect(200);
        let taken = book().await;
        taken.expect(201);
        assert!(!is_replay(&taken));
    }

    async fn submit_complaint_with_the_key_of_another_person_is_ones_own(app) {
        let (a, b) = (app.resident("xiaoming").await, app.resident("xiaohong").await);
        let first = complain(app, &a, KEY, complaint_body()).send().await;
        let second = complain(app, &b, KEY, complaint_body()).send().await;
        assert_ne!(first.expect(201)["id"], second.expect(201)["id"]);
        assert!(!is_replay(&second));
        let other = with(&complaint_body(), "amount_fen", json!(1));
        complain(app, &b, KEY, other).send().await.problem(422, "idempotency_key_reused");
    }

    async fn submit_complaint_at_once_with_one_key_is_one_complaint(app) {
        let person = app.resident("xiaoming").await;
        let replies =
            join_all((0..6).map(|_| complain(app, &person, KEY, complaint_body()).send())).await;
        for reply in &replies {
            assert_eq!((reply.expect(201), &reply.body), (replies[0].json(), &replies[0].body));
        }
        assert_eq!(replies.iter().filter(|reply| !is_replay(reply)).count(), 1);
        assert_eq!(complaints(app).await, 1);
    }

    async fn submit_complaint_a_day_later_with_its_key_is_another(app) {
        let person = app.resident("xiaoming").await;
        complain(app, &person, KEY, complaint_body()).send().await.expect(201);
        app.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
        let person = app.resident("xiaoming").await;
        assert!(is_replay(&complain(app, &person, KEY, complaint_body()).send().await));
        app.advance(TimeDelta::seconds(1));
        let fresh = complain(app, &person, KEY, complaint_body()).send().await;
        fresh.expect(201);
        assert!(!is_replay(&fresh));
        assert!(is_replay(&complain(app, &person, KEY, complaint_body()).send().await));
        assert_eq!(complaints(app).await, 2);
    }

    async fn submit_complaint_with_a_key_that_is_none_is_refused(app) {
        let person = app.resident("xiaoming").await;
        for key in ["", "short-1", &"x".repeat(65), "with a blank", "schlüssel", "semi;colon"] {
            let reply = complain(app, &person, key, complaint_body()).send().await;
            reply.problem(422, "idempotency_key_invalid");
        }
        for key in ["8_chars-", &"x".repeat(64)] {
            complain(app, &person, key, complaint_body()).send().await.expect(201);
        }
        assert_eq!(complaints(app).await, 2);
    }

    async fn submit_complaint_without_a_key_twice_is_two(app) {
        let person = app.resident("xiaoming").await;
        for _ in 0..2 {
            let post = app.post("/api/v1/complaints").by(&person).json(complaint_body());
            post.send().await.expect(201);
        }
        assert_eq!(complaints(app).await, 2);
        assert_eq!(app.count("SELECT COUNT(*) FROM idempotency_keys").await, 0);
    }
}
