//! A guardian's consent.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Person, TestApp, TestResponse, backends, wide_pool, with};
use uuid::Uuid;

use super::age::{declare, standing};

const WARDS: &str = "/api/v1/me/wards";

async fn confirm(app: &TestApp, guardian: &Person, body: Value) -> TestResponse {
    app.post(WARDS).by(guardian).json(body).send().await
}

async fn withdraw(app: &TestApp, guardian: &Person, id: &str) -> TestResponse {
    app.post(&format!("{WARDS}/{id}/withdrawal")).by(guardian).json(json!({})).send().await
}

async fn only_ward(app: &TestApp, guardian: &Person) -> String {
    app.walk(WARDS, Some(guardian), 5).await[0]["id"].as_str().unwrap().to_owned()
}

const IN_FORCE: &str = "SELECT COUNT(*) FROM guardian_consents WHERE ended_at IS NULL";

backends! {
    async fn confirm_ward_keeps_a_record_of_what_was_acknowledged(app) {
        let (guardian, child) = (app.adult("mama").await, app.child("xiaohua").await);
        let code = app.invitation(&child).await;
        let ward = confirm(app, &guardian, app.ward_body(&code.to_lowercase())).await.expect(201);
        assert_eq!([&ward["child_id"], &ward["relation"]], [&json!(child.id), &json!("mother")]);
        assert_eq!([&ward["notice_version"], &ward["channel"]], ["children-1", "mini_program"]);
        assert_eq!(app.walk(WARDS, Some(&guardian), 1).await, [ward]);
        let record = "SELECT COUNT(*) FROM guardian_consents WHERE request_id IS NOT NULL AND ended_at IS NULL";
        assert_eq!(app.count(record).await, 1);
        let record = app.dump("guardian_consents").await;
        for statement in [
            "refusal_option", "purpose_and_scope", "storage_place_and_period", "protection",
            "result_of_refusal", "complaint_channel", "correction_and_deletion",
        ] {
            assert!(record.contains(statement), "{statement} is not in {record}");
        }
        assert_eq!(standing(app, &child).await, "ward");
        let basis = &app.get("/api/v1/me/consents").by(&child).send().await.expect(200)["items"][0];
        assert_eq!([&basis["state"], &basis["version"]], ["given", "children-1"]);
        assert_eq!(basis["is_by_guardian"], true);
        // More than reading and quizzes, and still nothing to write.
        let profile = json!({ "region_code": "110101001" });
        app.patch("/api/v1/me").by(&child).json(profile).send().await.expect(200);
        let complaint = app.post("/api/v1/complaints").by(&child).json(tests::complaint_body());
        complaint.send().await.problem(403, "not_for_children");
        assert_eq!(app.tables_with(&code).await, Vec::<String>::new());
    }

    async fn confirm_ward_needs_each_of_the_seven_statements(app) {
        let (guardian, child) = (app.adult("mama").await, app.child("xiaohua").await);
        let body = app.ward_body(&app.invitation(&child).await);
        for missing in 0..7 {
            let mut body = body.clone();
            body["statements"].as_array_mut().unwrap().remove(missing);
            confirm(app, &guardian, body).await.invalid("statements");
        }
        app.refuses_each(|| app.post(WARDS).by(&guardian), &body, [
            ("statements", json!([])), ("relation", json!("friend")), ("relation", Value::Null),
            ("statements", json!(vec!["protection"; 7])), ("code", json!("")),
            ("code", json!("x".repeat(17))), ("turns_next_in", json!("2026-10")),
            ("turns_next_in", json!("2040-12")), ("turns_next_in", Value::Null), ("name", json!("王")),
        ]).await;
        let old = with(&body, "version", json!("general-1"));
        confirm(app, &guardian, old).await.problem(409, "notice_outdated");
        assert_eq!(app.count(IN_FORCE).await, 0);
        confirm(app, &guardian, body).await.expect(201);
    }

    async fn confirm_ward_is_for_adults_with_a_phone(app) {
        let child = app.child("xiaohua").await;
        let body = app.ward_body(&app.invitation(&child).await);
        let undeclared = app.resident("xiaoming").await;
        confirm(app, &undeclared, body.clone()).await.problem(403, "age_required");
        app.declare(&undeclared, json!({ "band": "adult" })).await;
        confirm(app, &undeclared, body.clone()).await.problem(403, "phone_required");
        for minor in [&app.teen("xiaohong").await, &child] {
            confirm(app, minor, body.clone()).await.problem(403, "not_for_children");
        }
        app.bind_phone(&undeclared, "xiaoming").await;
        confirm(app, &undeclared, body).await.expect(201);
    }

    async fn an_invitation_works_once_for_a_day_and_the_newest_counts(app) {
        let (guardian, other) = (app.adult("mama").await, app.adult("baba").await);
        let child = app.child("xiaohua").await;
        let first = app.invitation(&child).await;
        let second = app.invitation(&child).await;
        let invalid = async |code: &str| {
            confirm(app, &guardian, app.ward_body(code)).await.problem(422, "invitation_invalid");
        };
        invalid(&first).await;
        invalid("ABCDEFGH").await;
        app.advance(TimeDelta::hours(24));
        let people = app.logged_in_again(&[guardian.clone(), other, child]).await;
        let [guardian, other, child] = &people[..] else { unreachable!() };
        let expired = confirm(app, guardian, app.ward_body(&second)).await;
        expired.problem(422, "invitation_invalid");
        let third = app.invitation(child).await;
        confirm(app, guardian, app.ward_body(&third)).await.expect(201);
        confirm(app, other, app.ward_body(&third)).await.problem(422, "invitation_invalid");
        let again = app.post("/api/v1/me/guardian-invitations").by(child).send().await;
        again.problem(409, "guardian_not_needed");
    }

    async fn an_invitation_of_somebody_who_is_no_child_any_more_is_refused(app) {
        let (guardian, child) = (app.adult("mama").await, app.child("xiaohua").await);
        let code = app.invitation(&child).await;
        app.execute("UPDATE accounts SET age_band = 'teen' WHERE age_band = 'child'").await;
        let reply = confirm(app, &guardian, app.ward_body(&code)).await;
        reply.problem(409, "guardian_not_needed");
        assert_eq!(app.count(IN_FORCE).await, 0);
    }

    async fn withdraw_guardian_consent_leaves_a_child_without_data(app) {
        let (guardian, thief) = (app.adult("mama").await, app.adult("dahei").await);
        let child = app.ward("xiaohua", &guardian).await;
        let profile = json!({ "audience": "student", "region_code": "110101001" });
        app.patch("/api/v1/me").by(&child).json(profile.clone()).send().await.expect(200);
        let id = only_ward(app, &guardian).await;
        for id in [&id, &Uuid::nil().to_string(), "7"] {
            withdraw(app, &thief, id).await.problem(404, "not_found");
        }
        withdraw(app, &guardian, &id).await.expect(204);
        withdraw(app, &guardian, &id).await.problem(404, "not_found");
        assert_eq!(standing(app, &child).await, "child");
        let me = app.get("/api/v1/me").by(&child).send().await.expect(200);
        assert_eq!([&me["audience"], &me["region_code"]], [&Value::Null; 2]);
        app.patch("/api/v1/me").by(&child).json(profile).send().await.problem(403, "not_for_children");
        let kept = "SELECT COUNT(*) FROM guardian_consents WHERE ended_because = 'withdrawn'";
        assert_eq!(app.count(kept).await, 1);
        // And may be given again.
        let code = app.invitation(&child).await;
        confirm(app, &guardian, app.ward_body(&code)).await.expect(201);
        assert_eq!(standing(app, &child).await, "ward");
    }

    async fn set_ward_age_band_corrects_the_age_of_ones_own_child_only(app) {
        let (guardian, thief) = (app.adult("mama").await, app.adult("dahei").await);
        let child = app.ward("xiaohua", &guardian).await;
        let path = format!("{WARDS}/{}/age-band", only_ward(app, &guardian).await);
        let set = |who: &Person, body: Value| app.put(&path).by(who).json(body).send();
        let teen = json!({ "band": "teen", "turns_next_in": "2029-05" });
        set(&thief, teen.clone()).await.problem(404, "not_found");
        set(&guardian, json!({ "band": "adult" })).await.problem(409, "age_raise_refused");
        set(&guardian, json!({ "band": "child", "turns_next_in": "2030-05" })).await.expect(200);
        assert_eq!(standing(app, &child).await, "ward");
        set(&guardian, teen.clone()).await.expect(200);
        assert_eq!(standing(app, &child).await, "teen");
        // From now on the young person decides.
        set(&guardian, teen).await.problem(404, "not_found");
        assert_eq!(app.count(IN_FORCE).await, 0);
    }

    async fn list_wards_walks_ones_own(app) {
        let (guardian, other) = (app.adult("mama").await, app.adult("baba").await);
        for n in 0..3 {
            app.ward(&format!("child-{n}"), &guardian).await;
            app.advance(TimeDelta::seconds(1));
        }
        for limit in [1, 2, 3] {
            assert_eq!(app.walk(WARDS, Some(&guardian), limit).await.len(), 3);
        }
        assert!(app.walk(WARDS, Some(&other), 5).await.is_empty());
        app.refuses_bad_pages(WARDS, Some(&guardian)).await;
    }

    async fn one_invitation_redeemed_by_many_at_once_makes_one_guardian(app, config => { wide_pool(config); }) {
        let child = app.child("xiaohua").await;
        let mut guardians = Vec::new();
        for n in 0..8 {
            guardians.push(app.adult(&format!("guardian-{n}")).await);
        }
        let body = app.ward_body(&app.invitation(&child).await);
        let asks = guardians.iter().map(|guardian| confirm(app, guardian, body.clone()));
        let replies = join_all(asks).await;
        let won = replies.iter().filter(|reply| reply.status.as_u16() == 201).count();
        assert_eq!(won, 1);
        for reply in replies.iter().filter(|reply| reply.status.as_u16() != 201) {
            reply.problem(422, "invitation_invalid");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM guardian_consents").await, 1);
        assert_eq!(standing(app, &child).await, "ward");
    }

    async fn confirming_and_ceasing_to_be_an_adult_at_once_leave_no_child_behind(app, config => { wide_pool(config); }) {
        for round in 0..5 {
            let guardian = app.adult(&format!("guardian-{round}")).await;
            let child = app.child(&format!("child-{round}")).await;
            let body = app.ward_body(&app.invitation(&child).await);
            let younger = json!({ "band": "teen", "turns_next_in": "2028-11" });
            let both = futures_util::future::join(
                confirm(app, &guardian, body), declare(app, &guardian, younger),
            );
            let (confirmed, declared) = both.await;
            declared.expect(200);
            assert!(matches!(confirmed.status.as_u16(), 201 | 403), "{}", confirmed.text());
            assert_eq!(standing(app, &child).await, "child");
        }
        assert_eq!(app.count(IN_FORCE).await, 0);
    }
}
