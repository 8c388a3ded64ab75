//! What needs a consent is refused without one, and ends when it is taken back.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Config, Person, TestApp, TestResponse, backends, complaint_body, wide_pool};
use wechat::client::paths::{PHONE_NUMBER, SUBSCRIBE_SEND};

use super::ledger::{give, states, withdraw};

const PHONE: &str = "13912345678";
const TEMPLATE: &str = "TPL-booking-confirmed";
const BOUND: &str = "SELECT COUNT(*) FROM accounts WHERE phone_cipher IS NOT NULL";

async fn bind(app: &TestApp, person: &Person) -> TestResponse {
    let appid = app.app.wechat.appid();
    let code = app.wechat().mint_phone_code("xiaoming", PHONE, appid).await.unwrap();
    app.post("/api/v1/me/phone").by(person).json(json!({ "code": code })).send().await
}

async fn complain(app: &TestApp, person: &Person) -> TestResponse {
    app.post("/api/v1/complaints").by(person).json(complaint_body()).send().await
}

#[track_caller]
fn needs(reply: &TestResponse, purpose: &str) {
    let problem = reply.problem(403, "consent_required");
    assert_eq!(problem["consent"], json!({ "purpose": purpose, "version": "general-1" }));
}

fn with_template(config: &mut Config) {
    TEMPLATE.clone_into(&mut config.wechat.templates.booking_confirmed);
}

backends! {
    async fn bind_phone_without_consent_does_not_even_ask_for_the_number(app) {
        let person = app.resident_agreeing("xiaoming", Value::Null).await;
        needs(&bind(app, &person).await, "account_basic");
        give(app, &person, json!(["account_basic"])).await.expect(200);
        needs(&bind(app, &person).await, "phone");
        assert_eq!(app.wechat().call_count(PHONE_NUMBER), 0);
        give(app, &person, json!(["phone"])).await.expect(200);
        bind(app, &person).await.expect(200);
    }

    async fn withdraw_consents_of_the_phone_removes_it(app) {
        let person = app.resident("xiaoming").await;
        bind(app, &person).await.expect(200);
        withdraw(app, &person, json!(["phone"])).await.expect(200);
        assert_eq!(app.count(BOUND).await, 0);
        needs(&bind(app, &person).await, "phone");
        // Others are untouched.
        complain(app, &person).await.expect(201);
    }

    async fn withdraw_consents_of_the_basis_removes_phone_and_profile(app) {
        let person = app.resident("xiaoming").await;
        bind(app, &person).await.expect(200);
        let profile = json!({ "audience": "teacher", "region_code": "110101001" });
        app.patch("/api/v1/me").by(&person).json(profile).send().await.expect(200);
        withdraw(app, &person, json!(["account_basic"])).await.expect(200);
        let me = app.get("/api/v1/me").by(&person).send().await.expect(200);
        assert_eq!([&me["phone"], &me["audience"], &me["region_code"]], [&Value::Null; 3]);
    }

    async fn submit_complaint_without_consent_is_refused_and_leaves_nothing(app) {
        let person = app.resident("xiaoming").await;
        withdraw(app, &person, json!(["real_name"])).await.expect(200);
        let post = || {
            let post = app.post("/api/v1/complaints").by(&person).json(complaint_body());
            post.header("idempotency-key", "a-key-0001").send()
        };
        needs(&post().await, "real_name");
        assert_eq!(app.count("SELECT COUNT(*) FROM complaints").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM idempotency_keys").await, 0);
        give(app, &person, json!(["real_name"])).await.expect(200);
        post().await.expect(201);
    }

    async fn a_text_that_changed_its_purposes_asks_anew(app) {
        let person = app.resident("xiaoming").await;
        // As if the consent had been given to a text older than what the purpose says today.
        app.execute("UPDATE consents SET notice_version = 'general-0' WHERE purpose = 'phone'").await;
        assert_eq!(states(app, &person).await[1], "phone outdated");
        needs(&bind(app, &person).await, "phone");
        complain(app, &person).await.expect(201);
        give(app, &person, json!(["phone"])).await.expect(200);
        bind(app, &person).await.expect(200);
        assert_eq!(app.count("SELECT MAX(seq) FROM consents WHERE purpose = 'phone'").await, 2);
    }

    async fn deliver_notification_to_somebody_who_wants_none_stays_in_the_inbox(
        app, config => { with_template(config); }
    ) {
        app.wechat().register_template(TEMPLATE, &["thing1", "time2"]);
        app.wechat().grant_subscribe("xiaoming", TEMPLATE, 5).await.unwrap();
        let lab = app.lab("甲实验室").await;
        let person = app.resident("xiaoming").await;
        let confirm = async |hours| {
            let booking = app.booking(&person, app.slot(&lab, hours, 1).await).await;
            let path = format!("/api/v1/staff/bookings/{booking}/confirmation");
            app.post(&path).by(&lab.staff).send().await.expect(200);
        };
        confirm(48).await;
        // After the notice was written and before it was sent.
        withdraw(app, &person, json!(["message_push"])).await.expect(200);
        app.drain_jobs().await;
        assert_eq!(app.wechat().call_count(SUBSCRIBE_SEND), 0);
        let skipped = "SELECT COUNT(*) FROM notifications WHERE delivery = 'skipped'";
        assert_eq!(app.count(skipped).await, 1);
        assert_eq!(app.walk("/api/v1/notifications", Some(&person), 10).await.len(), 1);
        give(app, &person, json!(["message_push"])).await.expect(200);
        confirm(50).await;
        app.drain_jobs().await;
        assert_eq!(app.wechat().call_count(SUBSCRIBE_SEND), 1);
    }

    async fn binding_and_withdrawing_at_once_never_leave_a_phone_without_consent(
        app, config => { wide_pool(config); }
    ) {
        for round in 0..6 {
            let name = format!("user-{round}");
            let person = app.resident(&name).await;
            let appid = app.app.wechat.appid();
            let code = app.wechat().mint_phone_code(&name, PHONE, appid).await.unwrap();
            let bind = app.post("/api/v1/me/phone").by(&person).json(json!({ "code": code })).send();
            let body = json!({ "purposes": ["phone"] });
            let withdraw = app.post("/api/v1/me/consent-withdrawals").by(&person).json(body).send();
            let replies = if round % 2 == 0 {
                join_all([Box::pin(bind) as std::pin::Pin<Box<dyn Future<Output = _>>>, Box::pin(withdraw)]).await
            } else {
                join_all([Box::pin(withdraw) as std::pin::Pin<Box<dyn Future<Output = _>>>, Box::pin(bind)]).await
            };
            for reply in &replies {
                assert!(matches!(reply.status.as_u16(), 200 | 403), "{}", reply.text());
            }
        }
        assert_eq!(app.count(BOUND).await, 0, "every withdrawal came through");
    }

    async fn giving_and_withdrawing_at_once_numbers_every_decision(app, config => { wide_pool(config); }) {
        let person = app.resident_agreeing("xiaoming", Value::Null).await;
        let asks = (0..12).map(async |n| match n % 2 {
            0 => give(app, &person, json!(["message_push"])).await,
            _ => withdraw(app, &person, json!(["message_push"])).await,
        });
        for reply in join_all(asks).await {
            reply.expect(200);
        }
        let rows = app.count("SELECT COUNT(*) FROM consents").await;
        assert_eq!(app.count("SELECT MAX(seq) FROM consents").await, rows);
        let twice = "SELECT COUNT(*) FROM consents a JOIN consents b ON b.seq = a.seq + 1 \
                     AND a.decision = b.decision";
        assert_eq!(app.count(twice).await, 0, "a decision follows its opposite");
    }
}
