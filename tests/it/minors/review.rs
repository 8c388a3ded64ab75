//! Turning 14 and 18.

use chrono::TimeDelta;
use futures_util::future::join_all;
use sanjin::features;
use sanjin::platform::jobs::Worker;
use serde_json::{Value, json};
use tests::{Person, TestApp, backends, wide_pool};

use super::age::{declare, standing};

/// Midnight in China after the month in which the teens and wards of the harness have their day.
const AFTER: &str = "2028-11-30T16:00:00Z";

async fn travel(app: &TestApp, to: &str, people: &[&Person]) -> Vec<Person> {
    app.clock.set(to.parse().unwrap());
    app.drain_jobs().await;
    let people: Vec<Person> = people.iter().map(|person| (*person).clone()).collect();
    app.logged_in_again(&people).await
}

const ASKED: &str = "SELECT COUNT(*) FROM notifications WHERE kind = 'age_review_due'";

backends! {
    async fn turning_18_asks_anew_and_keeps_a_childs_rights_until_the_answer(app) {
        let teen = app.teen("xiaohong").await;
        let early = travel(app, "2028-11-30T15:59:59Z", &[&teen]).await.remove(0);
        assert_eq!(standing(app, &early).await, "teen");
        // The job runs four times a day.
        app.advance(TimeDelta::hours(6));
        app.drain_jobs().await;
        let teen = app.logged_in_again(&[teen]).await.remove(0);
        let me = app.get("/api/v1/me").by(&teen).send().await.expect(200);
        assert_eq!([&me["standing"], &me["is_age_review_due"]], [&json!("child"), &json!(true)]);
        assert_eq!(app.count(ASKED).await, 1);
        assert_eq!(app.walk("/api/v1/notifications", Some(&teen), 5).await[0]["kind"], "age_review_due");
        let body = json!({ "slot_id": teen.id, "product_name": "x" });
        let book = || app.post("/api/v1/bookings").by(&teen).json(body.clone()).send();
        book().await.problem(403, "not_for_children");
        // What was agreed to at 14 was one's own word, and can be taken back meanwhile.
        let take_back = json!({ "purposes": ["phone"] });
        app.post("/api/v1/me/consent-withdrawals").by(&teen).json(take_back).send().await.expect(200);
        declare(app, &teen, json!({ "band": "adult" })).await.expect(200);
        assert_eq!(standing(app, &teen).await, "adult");
        book().await.problem(404, "not_found");
        app.advance(TimeDelta::days(1));
        app.drain_jobs().await;
        assert_eq!(app.count(ASKED).await, 1);
    }

    async fn turning_14_ends_the_guardians_consent_and_asks_for_ones_own(app) {
        let guardian = app.adult("mama").await;
        let ward = app.ward("xiaohua", &guardian).await;
        let profile = json!({ "audience": "student", "region_code": "110101001" });
        app.patch("/api/v1/me").by(&ward).json(profile).send().await.expect(200);
        let people = travel(app, AFTER, &[&ward, &guardian]).await;
        let (ward, guardian) = (&people[0], &people[1]);
        assert_eq!(standing(app, ward).await, "child");
        let me = app.get("/api/v1/me").by(ward).send().await.expect(200);
        assert_eq!([&me["audience"], &me["region_code"]], [&Value::Null; 2]);
        assert!(app.walk("/api/v1/me/wards", Some(guardian), 5).await.is_empty());
        let ended = "SELECT COUNT(*) FROM guardian_consents WHERE ended_because = 'age'";
        assert_eq!(app.count(ended).await, 1);
        // Not two steps at once, and not without the month of the next.
        declare(app, ward, json!({ "band": "adult" })).await.problem(409, "age_raise_refused");
        declare(app, ward, json!({ "band": "teen" })).await.invalid("turns_next_in");
        let teen = json!({ "band": "teen", "turns_next_in": "2032-11" });
        declare(app, ward, teen).await.expect(200);
        assert_eq!(standing(app, ward).await, "teen");
        let consents = app.get("/api/v1/me/consents").by(ward).send().await.expect(200);
        assert_eq!(consents["items"][0]["state"], "withdrawn");
        let own = json!({ "version": "general-1", "purposes": ["account_basic"] });
        let own = app.post("/api/v1/me/consents").by(ward).json(own).send().await.expect(200);
        assert_eq!([&own["items"][0]["state"], &own["items"][0]["is_by_guardian"]], [&json!("given"), &json!(false)]);
    }

    async fn a_month_named_wrongly_can_be_mended_by_a_child_and_asks_again_then(app) {
        let child = app.resident_agreeing("xiaohua", Value::Null).await;
        let body = json!({ "band": "child", "turns_next_in": "2028-11" });
        declare(app, &child, body).await.expect(200);
        let child = travel(app, AFTER, &[&child]).await.remove(0);
        let later = json!({ "band": "child", "turns_next_in": "2029-02" });
        declare(app, &child, later).await.expect(200);
        let me = app.get("/api/v1/me").by(&child).send().await.expect(200);
        assert_eq!([&me["standing"], &me["is_age_review_due"]], [&json!("child"), &json!(false)]);
        travel(app, "2029-02-28T16:00:00Z", &[]).await;
        assert_eq!(app.count(ASKED).await, 2);
    }

    async fn four_workers_ask_everybody_once(app, config => { wide_pool(config); }) {
        let people = app.residents(30).await;
        app.execute("UPDATE accounts SET age_band = 'teen', age_review_on = '2026-11-01'").await;
        let workers: Vec<Worker> =
            (0..4).map(|_| Worker::new(app.app.clone(), features::jobs())).collect();
        for ran in join_all(workers.iter().map(Worker::drain)).await {
            ran.unwrap();
        }
        assert_eq!(app.count(ASKED).await, 30);
        assert_eq!(standing(app, &people[0]).await, "child");
    }

    async fn an_answer_and_the_question_at_once_leave_one_state(app, config => { wide_pool(config); }) {
        for round in 0..4 {
            let teen = app.teen(&format!("teen-{round}")).await;
            app.execute("UPDATE accounts SET age_review_on = '2026-11-01' WHERE age_review_asked_at IS NULL AND age_band = 'teen'").await;
            app.advance(TimeDelta::hours(6));
            let teen = app.logged_in_again(&[teen]).await.remove(0);
            let younger = declare(app, &teen, json!({ "band": "child" }));
            let (reply, _) = futures_util::future::join(younger, app.drain_jobs()).await;
            reply.expect(200);
            // Asked before the answer, or not at all: the answer is newer than the question.
            assert_eq!(standing(app, &teen).await, "child");
            let me = app.get("/api/v1/me").by(&teen).send().await.expect(200);
            assert_eq!(me["is_age_review_due"], false);
        }
    }

    async fn agreeing_and_becoming_a_child_at_once_leave_nothing_agreed_to(app, config => { wide_pool(config); }) {
        for round in 0..6 {
            let person = app.resident(&format!("user-{round}")).await;
            let body = json!({ "version": "general-1", "purposes": ["message_push", "phone"] });
            let give = app.post("/api/v1/me/consents").by(&person).json(body).send();
            let younger = declare(app, &person, json!({ "band": "child" }));
            let (given, declared) = futures_util::future::join(give, younger).await;
            declared.expect(200);
            assert!(matches!(given.status.as_u16(), 200 | 403), "{}", given.text());
        }
        let in_force = "SELECT COUNT(*) FROM consents c WHERE decision = 'given' AND seq = (SELECT MAX(seq) \
                        FROM consents d WHERE d.subject_id = c.subject_id AND d.purpose = c.purpose)";
        assert_eq!(app.count(in_force).await, 0);
    }
}
