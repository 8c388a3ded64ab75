//! Log-in through WeChat, and what WeChat may answer.

use std::time::Duration;

use futures_util::future::join_all;
use sanjin::platform::auth::Subject;
use serde_json::{Value, json};
use tests::{Person, TestApp, TestResponse, backends};
use wechat::client::paths::CODE_TO_SESSION;
use wechat::simulator::Fault;

const LOGIN: &str = "/api/v1/auth/wechat/login";

async fn code(app: &TestApp, user: &str) -> String {
    app.wechat().mint_login_code(user, app.app.wechat.appid()).await.unwrap()
}

async fn login(app: &TestApp, code: &str) -> TestResponse {
    app.post(LOGIN).json(json!({ "code": code })).send().await
}

/// How many accounts, identities and sessions there are.
async fn counts(app: &TestApp) -> [i64; 3] {
    [
        app.count("SELECT COUNT(*) FROM accounts").await,
        app.count("SELECT COUNT(*) FROM wechat_identities").await,
        app.count("SELECT COUNT(*) FROM login_sessions").await,
    ]
}

/// No operation of this version changes the status of an account.
async fn disable(app: &TestApp, person: &Person) {
    let id = app.literal(person.id);
    app.execute(&format!("UPDATE accounts SET status = 'disabled' WHERE id = {id}")).await;
    app.app.principals.forget(Subject::Resident(person.id));
}

backends! {
    async fn login_with_wechat_twice_is_one_account(app) {
        let first = app.resident("xiaoming").await;
        let second = app.resident("xiaoming").await;
        assert_eq!(first.id, second.id);
        assert_ne!(first.id, app.resident("xiaohong").await.id);
        assert_eq!(counts(app).await, [2, 2, 3]);
    }

    async fn login_with_wechat_shows_the_account_and_nothing_of_wechat(app) {
        let reply = login(app, &code(app, "xiaoming").await).await;
        let body = reply.expect(200);
        assert_eq!(body["expires_in"], 900);
        assert_eq!(body["account"]["phone"], Value::Null);
        assert_eq!(body["account"]["created_at"], "2026-11-20T02:00:00Z");
        assert_eq!(reply.header("cache-control"), "no-store");
        let appid = app.app.wechat.appid();
        for secret in [
            app.wechat().openid("xiaoming", appid).as_str(),
            app.wechat().unionid("xiaoming").as_str(),
            "openid",
            "session_key",
        ] {
            assert!(!reply.text().contains(secret), "{secret} leaves the server");
        }
    }

    async fn login_with_wechat_with_a_used_code_is_refused(app) {
        let code = code(app, "xiaoming").await;
        login(app, &code).await.expect(200);
        login(app, &code).await.problem(409, "wechat_code_used");
        assert_eq!(counts(app).await, [1, 1, 1]);
    }

    async fn login_with_wechat_with_a_code_we_never_saw_is_refused(app) {
        login(app, "0123456789abcdef0123").await.problem(422, "wechat_code_invalid");
        // A phone code is no login code.
        let appid = app.app.wechat.appid();
        let phone = app.wechat().mint_phone_code("xiaoming", "13800138000", appid).await.unwrap();
        login(app, &phone).await.problem(422, "wechat_code_invalid");
        assert_eq!(counts(app).await, [0, 0, 0]);
    }

    async fn login_with_wechat_with_a_wrong_body_is_refused_without_asking_wechat(app) {
        let post = || app.post(LOGIN);
        app.refuses_each(post, &json!({ "code": "x" }), [
            ("code", json!("")), ("code", json!("x".repeat(129))), ("code", json!(7)),
            ("code", json!(null)), ("code", json!(["x"])), ("state", json!("x")),
        ]).await;
        post().json(json!({})).send().await.invalid("code");
        assert_eq!(app.wechat().call_count(CODE_TO_SESSION), 0);
    }

    async fn login_with_wechat_when_wechat_refuses_tells_why(app) {
        for (errcode, status, expected) in [
            (40029, 422, "wechat_code_invalid"),
            (40163, 409, "wechat_code_used"),
            (40226, 403, "wechat_user_blocked"),
        ] {
            app.wechat().inject(CODE_TO_SESSION, Fault::Errcode(errcode), 1);
            login(app, &code(app, "xiaoming").await).await.problem(status, expected);
        }
        assert_eq!(counts(app).await, [0, 0, 0]);
    }

    async fn login_with_wechat_when_wechat_fails_writes_nothing_and_works_later(
        app, config => { config.wechat.request_timeout_ms = 300; }
    ) {
        for fault in [
            Fault::Errcode(-1),
            Fault::Errcode(45011),
            // Our secret is wrong: ours to mend, still nothing that the resident could do.
            Fault::Errcode(40125),
            Fault::Errcode(123_456),
            Fault::Status(502),
            Fault::Status(404),
            Fault::Truncated,
            Fault::Closed,
            Fault::Latency(Duration::from_millis(800)),
        ] {
            app.wechat().inject(CODE_TO_SESSION, fault, 1);
            let reply = login(app, &code(app, "xiaoming").await).await;
            reply.problem(503, "wechat_unavailable");
            assert_eq!(reply.header("retry-after"), "5", "{fault:?}");
        }
        assert_eq!(counts(app).await, [0, 0, 0]);
        app.resident("xiaoming").await;
        assert_eq!(counts(app).await, [1, 1, 1]);
    }

    async fn login_with_wechat_for_the_first_time_from_many_devices_is_one_account(app) {
        let mut codes = Vec::new();
        for _ in 0..8 {
            codes.push(code(app, "xiaoming").await);
        }
        let replies = join_all(codes.iter().map(|code| login(app, code))).await;
        for reply in &replies {
            assert_eq!(reply.expect(200)["account"]["id"], replies[0].json()["account"]["id"]);
        }
        assert_eq!(counts(app).await, [1, 1, 8]);
    }

    async fn login_with_wechat_of_a_disabled_account_is_refused(app) {
        let person = app.resident("xiaoming").await;
        app.get("/api/v1/me").by(&person).send().await.expect(200);
        disable(app, &person).await;
        app.get("/api/v1/me").by(&person).send().await.problem(403, "account_disabled");
        login(app, &code(app, "xiaoming").await).await.problem(403, "account_disabled");
        let body = json!({ "refresh_token": person.refresh_token });
        let refresh = app.post("/api/v1/auth/refresh").json(body).send().await;
        refresh.problem(403, "account_disabled");
        assert_eq!(counts(app).await, [1, 1, 1]);
    }

    async fn login_with_wechat_learns_a_late_unionid_and_never_overwrites_one(app) {
        const UNIONID: &str = "SELECT unionid FROM wechat_identities";
        app.resident("xiaoming").await;
        let unionid = app.wechat().unionid("xiaoming").as_str().to_owned();
        app.execute("UPDATE wechat_identities SET unionid = NULL").await;
        app.resident("xiaoming").await;
        assert_eq!(app.text(UNIONID).await, Some(unionid));
        app.execute("UPDATE wechat_identities SET unionid = 'another-person'").await;
        app.resident("xiaoming").await;
        assert_eq!(app.text(UNIONID).await.as_deref(), Some("another-person"));
    }
}
