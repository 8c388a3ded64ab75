//! One's own account and the phone.

use serde_json::{Value, json};
use tests::{Person, TestApp, TestResponse, backends};
use wechat::client::paths::{PHONE_NUMBER, STABLE_TOKEN};
use wechat::simulator::Fault;

const ME: &str = "/api/v1/me";
const SCHOOL: &str = "/api/v1/me/school";
const PHONE: &str = "13912345678";

async fn code(app: &TestApp, user: &str, phone: &str) -> String {
    app.wechat().mint_phone_code(user, phone, app.app.wechat.appid()).await.unwrap()
}

async fn bind(app: &TestApp, person: &Person, code: &str) -> TestResponse {
    app.post("/api/v1/me/phone").by(person).json(json!({ "code": code })).send().await
}

async fn me(app: &TestApp, person: &Person) -> Value {
    app.get(ME).by(person).send().await.expect(200)
}

backends! {
    async fn update_me_changes_what_is_sent_and_clears_what_is_null(app) {
        let person = app.resident("xiaoming").await;
        let patch = async |body: Value| app.patch(ME).by(&person).json(body).send().await.expect(200);
        let first = patch(json!({ "audience": "student", "region_code": "110101001" })).await;
        assert_eq!([&first["audience"], &first["region_code"]], ["student", "110101001"]);
        let second = patch(json!({ "audience": "teacher" })).await;
        assert_eq!([&second["audience"], &second["region_code"]], ["teacher", "110101001"]);
        let third = patch(json!({ "region_code": null })).await;
        assert_eq!([&third["audience"], &third["region_code"]], [&json!("teacher"), &Value::Null]);
        assert_eq!(patch(json!({})).await, third);
        assert_eq!(me(app, &person).await, third);
    }

    async fn update_me_with_a_region_that_does_not_exist_is_refused(app) {
        let person = app.resident("xiaoming").await;
        for code in ["99", "1", "", "110101999", "1101010011", "%", "北京", "１１"] {
            let patch = app.patch(ME).by(&person).json(json!({ "region_code": code }));
            let problem = patch.send().await.problem(422, "unknown_region");
            assert_eq!(problem["errors"][0]["path"], "region_code");
        }
        assert_eq!(me(app, &person).await["region_code"], Value::Null);
    }

    async fn update_me_with_a_wrong_body_is_refused(app) {
        let person = app.resident("xiaoming").await;
        app.refuses_each(|| app.patch(ME).by(&person), &json!({}), [
            ("audience", json!("robot")), ("audience", json!(1)), ("region_code", json!(11)),
            ("phone", json!(PHONE)), ("id", json!(person.id)), ("status", json!("disabled")),
        ]).await;
        let patch = |body: Value| app.patch(ME).by(&person).json(body).send();
        patch(json!([])).await.problem(422, "validation_failed");
        patch(json!(null)).await.problem(422, "validation_failed");
    }

    async fn put_school_is_for_those_who_learn_or_teach_there(app) {
        let person = app.resident("xiaoming").await;
        let put = |name: Value| app.put(SCHOOL).by(&person).json(json!({ "name": name })).send();
        let say = |audience: &str| {
            app.patch(ME).by(&person).json(json!({ "audience": audience })).send()
        };
        put(json!("某某小学")).await.problem(409, "school_not_needed");
        say("resident").await.expect(200);
        put(json!("某某小学")).await.problem(409, "school_not_needed");
        say("teacher").await.expect(200);
        assert_eq!(put(json!(" 某某小学 ")).await.expect(200)["school_name"], "某某小学");
        assert_eq!(app.tables_with("某某小学").await, Vec::<String>::new());
        assert_eq!(say("student").await.expect(200)["school_name"], "某某小学");
        app.delete(SCHOOL).by(&person).send().await.expect(204);
        assert_eq!(me(app, &person).await["school_name"], Value::Null);
        put(json!("另一小学")).await.expect(200);
        // Who leaves the school leaves its name.
        assert_eq!(say("other").await.expect(200)["school_name"], Value::Null);
        assert_eq!(say("student").await.expect(200)["school_name"], Value::Null);
        app.refuses_each(|| app.put(SCHOOL).by(&person), &json!({ "name": "某某小学" }), [
            ("name", json!("")), ("name", json!("校")), ("name", json!("校".repeat(61))),
            ("name", json!("某\n校")), ("name", json!(7)), ("name", Value::Null),
        ]).await;
        let withdraw = app.post("/api/v1/me/consent-withdrawals").by(&person);
        put(json!("某某小学")).await.expect(200);
        withdraw.json(json!({ "purposes": ["account_basic"] })).send().await.expect(200);
        assert_eq!(me(app, &person).await["school_name"], Value::Null);
    }

    async fn bind_phone_stores_the_number_encrypted_and_shows_it_masked(app) {
        let person = app.resident("xiaoming").await;
        let reply = bind(app, &person, &code(app, "xiaoming", PHONE).await).await;
        assert_eq!(reply.expect(200)["phone"], "139****5678");
        assert_eq!(me(app, &person).await["phone"], "139****5678");
        assert_eq!(app.tables_with(PHONE).await, Vec::<String>::new());
        let stored = "SELECT COUNT(*) FROM accounts WHERE phone_cipher IS NOT NULL \
                      AND phone_index IS NOT NULL AND phone_bound_at IS NOT NULL";
        assert_eq!(app.count(stored).await, 1);
        let audited = "SELECT COUNT(*) FROM audit_entries WHERE action = 'account.bind_phone'";
        assert_eq!(app.count(audited).await, 1);
    }

    async fn bind_phone_of_one_number_twice_has_one_index_and_two_ciphers(app) {
        for user in ["xiaoming", "xiaohong"] {
            let person = app.resident(user).await;
            bind(app, &person, &code(app, user, PHONE).await).await.expect(200);
        }
        assert_eq!(app.count("SELECT COUNT(DISTINCT phone_index) FROM accounts").await, 1);
        assert_eq!(app.count("SELECT COUNT(DISTINCT phone_cipher) FROM accounts").await, 2);
    }

    async fn bind_phone_of_another_country_keeps_its_area_code(app) {
        // Eight digits look like a service number, and a number of Ohio like a Chinese mobile.
        let person = app.resident("xiaoming").await;
        for (phone, shown) in [("+852-61234567", "+85*****4567"), ("+1-3912345678", "+13*****5678")] {
            let reply = bind(app, &person, &code(app, "xiaoming", phone).await).await;
            assert_eq!(reply.expect(200)["phone"], shown);
        }
        let foreign = app.dump("accounts").await;
        let other = app.resident("xiaohong").await;
        bind(app, &other, &code(app, "xiaohong", PHONE).await).await.expect(200);
        assert!(!foreign.is_empty());
        assert_eq!(app.count("SELECT COUNT(DISTINCT phone_index) FROM accounts").await, 2);
    }

    async fn bind_phone_with_a_code_that_is_not_ones_own_is_refused(app) {
        let person = app.resident("xiaoming").await;
        app.resident("xiaohong").await;
        let foreign = code(app, "xiaohong", PHONE).await;
        let login = app.wechat().mint_login_code("xiaoming", app.app.wechat.appid()).await.unwrap();
        for code in [foreign.as_str(), login.as_str(), "never-seen"] {
            bind(app, &person, code).await.problem(422, "wechat_code_invalid");
        }
        let used = code(app, "xiaoming", PHONE).await;
        bind(app, &person, &used).await.expect(200);
        bind(app, &person, &used).await.problem(422, "wechat_code_invalid");
        bind(app, &person, "").await.invalid("code");
        bind(app, &person, &"x".repeat(129)).await.invalid("code");
    }

    async fn bind_phone_when_wechat_fails_stores_nothing(app) {
        let person = app.resident("xiaoming").await;
        for (path, fault) in [
            (STABLE_TOKEN, Fault::Errcode(45011)),
            (STABLE_TOKEN, Fault::Errcode(40164)),
            (PHONE_NUMBER, Fault::Status(502)),
            (PHONE_NUMBER, Fault::Truncated),
            (PHONE_NUMBER, Fault::Closed),
        ] {
            app.wechat().inject(path, fault, 1);
            let reply = bind(app, &person, &code(app, "xiaoming", PHONE).await).await;
            reply.problem(503, "wechat_unavailable");
            assert_eq!(reply.header("retry-after"), "5");
            assert_eq!(me(app, &person).await["phone"], Value::Null);
        }
        bind(app, &person, &code(app, "xiaoming", PHONE).await).await.expect(200);
    }

    async fn bind_phone_after_wechat_dropped_our_token_gets_a_new_one(app) {
        let person = app.resident("xiaoming").await;
        bind(app, &person, &code(app, "xiaoming", PHONE).await).await.expect(200);
        app.wechat().invalidate_token(app.app.wechat.appid()).await.unwrap();
        bind(app, &person, &code(app, "xiaoming", PHONE).await).await.expect(200);
        assert_eq!(app.wechat().call_count(STABLE_TOKEN), 2);
    }

    async fn unbind_phone_removes_every_trace_and_may_be_repeated(app) {
        let person = app.resident("xiaoming").await;
        bind(app, &person, &code(app, "xiaoming", PHONE).await).await.expect(200);
        for _ in 0..2 {
            app.delete("/api/v1/me/phone").by(&person).send().await.expect(204);
            assert_eq!(me(app, &person).await["phone"], Value::Null);
        }
        let left = "SELECT COUNT(*) FROM accounts WHERE phone_cipher IS NOT NULL \
                    OR phone_index IS NOT NULL OR phone_bound_at IS NOT NULL";
        assert_eq!(app.count(left).await, 0);
    }
}
