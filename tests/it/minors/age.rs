//! Declaring an age band.

use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestResponse, backends};
use uuid::Uuid;

pub async fn declare(app: &TestApp, person: &Person, body: Value) -> TestResponse {
    app.put("/api/v1/me/age-band").by(person).json(body).send().await
}

pub async fn standing(app: &TestApp, person: &Person) -> String {
    let me = app.get("/api/v1/me").by(person).send().await.expect(200);
    me["standing"].as_str().unwrap().to_owned()
}

async fn decide(app: &TestApp, who: &Person, id: Uuid, body: Value) -> TestResponse {
    app.put(&format!("/api/v1/staff/accounts/{id}/age-band")).by(who).json(body).send().await
}

const GIVEN: &str = "SELECT COUNT(*) FROM consents c WHERE decision = 'given' AND seq = \
                     (SELECT MAX(seq) FROM consents d WHERE d.subject_id = c.subject_id AND d.purpose = c.purpose)";

backends! {
    async fn declare_age_band_keeps_a_month_of_minors_and_nothing_of_adults(app) {
        let adult = app.resident("xiaoming").await;
        assert_eq!(standing(app, &adult).await, "undeclared");
        let view = declare(app, &adult, json!({ "band": "adult" })).await.expect(200);
        assert_eq!([&view["standing"], &view["band"]], ["adult", "adult"]);
        assert_eq!(app.count("SELECT COUNT(*) FROM accounts WHERE age_review_on IS NOT NULL").await, 0);
        let teen = app.resident("xiaohong").await;
        let body = json!({ "band": "teen", "turns_next_in": "2028-11" });
        declare(app, &teen, body).await.expect(200);
        assert_eq!(standing(app, &teen).await, "teen");
        let child = app.resident("xiaohua").await;
        declare(app, &child, json!({ "band": "child" })).await.expect(200);
        assert_eq!(standing(app, &child).await, "child");
        let on = "SELECT CAST(age_review_on AS TEXT) FROM accounts WHERE age_review_on IS NOT NULL";
        assert_eq!(app.text(on).await.as_deref(), Some("2028-12-01"));
    }

    async fn declare_age_band_with_a_wrong_body_is_refused(app) {
        let person = app.resident("xiaoming").await;
        let teen = json!({ "band": "teen", "turns_next_in": "2028-11" });
        app.refuses_each(|| app.put("/api/v1/me/age-band").by(&person), &teen, [
            ("turns_next_in", Value::Null), ("turns_next_in", json!("2026-10")),
            ("turns_next_in", json!("2030-12")), ("turns_next_in", json!("2028-13")),
            ("turns_next_in", json!("2028-1")), ("turns_next_in", json!("2028-11-05")),
            ("turns_next_in", json!("二〇二八年十")), ("turns_next_in", json!(202_811)),
            ("band", json!("baby")), ("band", Value::Null), ("birth_date", json!("2010-11-05")),
        ]).await;
        let adult = json!({ "band": "adult", "turns_next_in": "2028-11" });
        declare(app, &person, adult).await.invalid("turns_next_in");
        assert_eq!(standing(app, &person).await, "undeclared");
    }

    async fn declare_age_band_of_a_child_cannot_be_clicked_away(app) {
        let child = app.child("xiaohua").await;
        for band in [json!({ "band": "adult" }), json!({ "band": "teen", "turns_next_in": "2028-11" })] {
            declare(app, &child, band).await.problem(409, "age_raise_refused");
        }
        let teen = app.teen("xiaohong").await;
        declare(app, &teen, json!({ "band": "adult" })).await.problem(409, "age_raise_refused");
        // Nor by naming an earlier month.
        declare(app, &teen, json!({ "band": "teen", "turns_next_in": "2026-11" })).await.expect(200);
        let on = "SELECT CAST(age_review_on AS TEXT) FROM accounts WHERE age_band = 'teen'";
        assert_eq!(app.text(on).await.as_deref(), Some("2028-12-01"));
    }

    async fn declare_age_band_of_an_adult_as_a_child_takes_everything_back(app) {
        let guardian = app.teacher("laoshi").await;
        let ward = app.ward("xiaohua", &guardian).await;
        let profile = json!({ "region_code": "110101001" });
        app.patch("/api/v1/me").by(&guardian).json(profile).send().await.expect(200);
        declare(app, &guardian, json!({ "band": "child" })).await.expect(200);
        assert_eq!(standing(app, &guardian).await, "child");
        assert_eq!(standing(app, &ward).await, "child");
        let me = app.get("/api/v1/me").by(&guardian).send().await.expect(200);
        assert_eq!([&me["phone"], &me["audience"], &me["region_code"]], [&Value::Null; 3]);
        assert_eq!(app.count(GIVEN).await, 0);
        let left = "SELECT COUNT(*) FROM guardian_consents WHERE ended_because = 'guardian_left'";
        assert_eq!(app.count(left).await, 1);
    }

    async fn a_child_reads_and_answers_quizzes_and_an_undeclared_resident_is_not_held_up(app) {
        let quiz = app.quiz(|_| ()).await;
        let slot = app.slot(&app.lab("实验室").await, 24, 5).await;
        let child = app.child("xiaohua").await;
        app.get("/api/v1/articles").by(&child).send().await.expect(200);
        app.post(&format!("/api/v1/quizzes/{quiz}/attempts")).by(&child).send().await.expect(201);
        let book = |person: &Person| {
            let body = json!({ "slot_id": slot, "product_name": "儿童安全座椅" });
            app.post("/api/v1/bookings").by(person).json(body).send()
        };
        book(&child).await.problem(403, "not_for_children");
        let undeclared = app.resident("xiaoming").await;
        book(&undeclared).await.expect(201);
        let class = json!({ "grade": 3, "number": 2, "size": 5, "region_code": "110101" });
        let open = app.post("/api/v1/classes").by(&undeclared).json(class).send().await;
        open.problem(403, "age_required");
        let invite = app.post("/api/v1/me/guardian-invitations").by(&undeclared).send().await;
        invite.problem(403, "forbidden");
    }

    async fn set_account_age_band_mends_what_was_declared_wrongly(app) {
        let staff = app.staff(Role::HqAdmin, "country").await;
        let child = app.child("xiaohua").await;
        decide(app, &staff, child.id, json!({ "band": "teen" })).await.invalid("turns_next_in");
        let view = decide(app, &staff, child.id, json!({ "band": "adult" })).await.expect(200);
        assert_eq!(view["standing"], "adult");
        assert_eq!(standing(app, &child).await, "adult");
        let audited = "SELECT COUNT(*) FROM audit_entries WHERE action = 'account.set_age_band' \
                       AND actor_kind = 'staff'";
        assert_eq!(app.count(audited).await, 1);
        // A seat is nobody's age.
        let class = app.class(&app.teacher("laoshi").await, 1).await;
        for id in [Uuid::nil(), app.seat(&class).await.id] {
            decide(app, &staff, id, json!({ "band": "adult" })).await.problem(404, "not_found");
        }
    }
}
