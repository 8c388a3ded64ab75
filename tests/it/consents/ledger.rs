//! Giving and taking back, and who may.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Person, TestApp, TestResponse, backends};

const OWN: &str = "/api/v1/me/consents";

pub async fn give(app: &TestApp, person: &Person, purposes: Value) -> TestResponse {
    let body = json!({ "version": "general-1", "purposes": purposes });
    app.post(OWN).by(person).json(body).send().await
}

pub async fn withdraw(app: &TestApp, person: &Person, purposes: Value) -> TestResponse {
    let body = json!({ "purposes": purposes });
    app.post("/api/v1/me/consent-withdrawals").by(person).json(body).send().await
}

/// Purpose and state of one's own consents.
pub async fn states(app: &TestApp, person: &Person) -> Vec<String> {
    let view = app.get(OWN).by(person).send().await.expect(200);
    let line = |item: &Value| {
        format!("{} {}", item["purpose"].as_str().unwrap(), item["state"].as_str().unwrap())
    };
    view["items"].as_array().unwrap().iter().map(line).collect()
}

const NOTHING: [&str; 4] =
    ["account_basic not_asked", "phone not_asked", "real_name not_asked", "message_push not_asked"];

backends! {
    async fn give_consents_is_written_down_with_version_time_channel_and_request(app) {
        let person = app.resident_agreeing("xiaoming", Value::Null).await;
        assert_eq!(states(app, &person).await, NOTHING);
        let body = json!({ "version": "general-1", "purposes": ["account_basic"], "channel": "h5" });
        let view = app.post(OWN).by(&person).json(body).send().await.expect(200);
        let item = &view["items"][0];
        assert_eq!([&item["purpose"], &item["state"], &item["channel"]], ["account_basic", "given", "h5"]);
        assert_eq!([&item["version"], &item["at"]], ["general-1", "2026-11-20T02:00:00Z"]);
        assert_eq!(item["is_by_guardian"], false);
        let row = "SELECT COUNT(*) FROM consents WHERE request_id IS NOT NULL AND decided_by = account_id \
                   AND subject_kind = 'account' AND seq = 1";
        assert_eq!(app.count(row).await, 1);
    }

    async fn the_ledger_keeps_every_change_and_no_repetition(app) {
        let person = app.resident_agreeing("xiaoming", Value::Null).await;
        for _ in 0..2 {
            give(app, &person, json!(["phone", "phone"])).await.expect(200);
        }
        for _ in 0..2 {
            withdraw(app, &person, json!(["phone"])).await.expect(200);
        }
        app.advance(TimeDelta::seconds(1));
        give(app, &person, json!(["phone"])).await.expect(200);
        assert_eq!(app.count("SELECT COUNT(*) FROM consents").await, 3);
        assert_eq!(app.count("SELECT MAX(seq) FROM consents").await, 3);
        assert_eq!(states(app, &person).await[1], "phone given");
    }

    async fn withdraw_consents_of_the_basis_ends_all(app) {
        let person = app.resident("xiaoming").await;
        withdraw(app, &person, json!(["account_basic"])).await.expect(200);
        let all = ["account_basic", "phone", "real_name", "message_push"];
        assert_eq!(states(app, &person).await, all.map(|purpose| format!("{purpose} withdrawn")));
        // Explicitly refused before it was ever asked for.
        let other = app.resident_agreeing("xiaohong", Value::Null).await;
        withdraw(app, &other, json!(["message_push"])).await.expect(200);
        assert_eq!(states(app, &other).await[3], "message_push withdrawn");
    }

    async fn give_consents_to_another_text_than_todays_is_refused(app) {
        let person = app.resident_agreeing("xiaoming", Value::Null).await;
        for version in ["general-0", "children-1", "x"] {
            let body = json!({ "version": version, "purposes": ["phone"] });
            let problem = app.post(OWN).by(&person).json(body).send().await.problem(409, "notice_outdated");
            assert_eq!(problem["consent"], json!({ "purpose": "phone", "version": "general-1" }));
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM consents").await, 0);
    }

    async fn give_consents_with_a_wrong_body_is_refused(app) {
        let person = app.resident_agreeing("xiaoming", Value::Null).await;
        let body = json!({ "version": "general-1", "purposes": ["phone"] });
        app.refuses_each(|| app.post(OWN).by(&person), &body, [
            ("version", json!("")), ("version", json!("x".repeat(33))), ("purposes", json!([])),
            ("purposes", json!(vec!["phone"; 9])), ("channel", json!("paper")),
            ("purposes", json!(["publish"])), ("account_id", json!(person.id)),
        ]).await;
        give(app, &person, json!(["everything"])).await.invalid("purposes[0]");
        withdraw(app, &person, json!(["pass_on"])).await.invalid("purposes");
        assert_eq!(app.count("SELECT COUNT(*) FROM consents").await, 0);
    }

    async fn login_with_wechat_records_what_was_ticked_unless_it_is_a_child(app) {
        let person = app.resident("xiaoming").await;
        assert_eq!(states(app, &person).await[..3], ["account_basic given", "phone given", "real_name given"]);
        app.resident("xiaoming").await;
        assert_eq!(app.count("SELECT COUNT(*) FROM consents").await, 3);
        let child = app.child("xiaohua").await;
        let rows = app.count("SELECT COUNT(*) FROM consents WHERE decision = 'given'").await;
        app.resident("xiaohua").await;
        assert_eq!(app.count("SELECT COUNT(*) FROM consents WHERE decision = 'given'").await, rows);
        give(app, &child, json!(["account_basic"])).await.problem(403, "not_for_children");
    }

    async fn login_with_wechat_under_an_old_text_leaves_the_code_unused(app) {
        let appid = app.app.wechat.appid();
        let code = app.wechat().mint_login_code("xiaoming", appid).await.unwrap();
        let login = |version: &str| {
            let consents = json!({ "version": version, "purposes": ["account_basic"] });
            let body = json!({ "code": code, "consents": consents });
            app.post("/api/v1/auth/wechat/login").json(body).send()
        };
        login("general-0").await.problem(409, "notice_outdated");
        assert_eq!(app.count("SELECT COUNT(*) FROM accounts").await, 0);
        login("general-1").await.expect(200);
    }
}
