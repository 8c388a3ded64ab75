//! Log-in from an H5 page of the service account: the way there, the way back, and who tries to
//! slip in between.

use chrono::TimeDelta;
use futures_util::future::join_all;
use sanjin::platform::config::Secret;
use serde_json::json;
use tests::{TestApp, backends};
use wechat::client::official::OauthScope;
use wechat::client::paths::{OAUTH_TOKEN, OAUTH_USER};
use wechat::simulator::Fault;

use super::{
    AUTHORIZE, H5_LOGIN, come_back, enter_by_h5, oauth_code, official, openly, send_to_wechat,
    silently,
};

async fn accounts(app: &TestApp) -> i64 {
    app.count("SELECT COUNT(*) FROM accounts").await
}

/// Opens a page of WeChat as a browser does. Returns where it is sent.
async fn open(url: &str) -> String {
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let reply = browser.build().unwrap().get(url).send().await.unwrap();
    assert_eq!(reply.status(), 302, "{}", reply.text().await.unwrap());
    reply.headers()["location"].to_str().unwrap().to_owned()
}

backends! {
    async fn authorize_h5_login_and_back_is_the_way_of_a_browser(app) {
        let return_to = "/h5/%23/pages/quiz/index?id=7";
        let browser = send_to_wechat(app, &format!("?scope=userinfo&return_to={return_to}")).await;
        assert!(browser.location.starts_with(&app.wechat().base_url()), "{}", browser.location);
        assert!(browser.location.ends_with("#wechat_redirect"));
        let agreed = browser.location.replace("#wechat_redirect", "&user=xiaoming");
        let back = open(&agreed).await;
        let query = back.strip_prefix("http://127.0.0.1:8080/h5/?code=").unwrap();
        let (code, state) = query.split_once("&state=").unwrap();
        assert_eq!(state, browser.state);
        let reply = come_back(app, &browser.cookie, code, state).await;
        let body = reply.expect(200);
        assert_eq!(body["return_to"], "/h5/#/pages/quiz/index?id=7");
        assert_eq!(body["expires_in"], 900);
        assert_eq!(reply.header("cache-control"), "no-store");
        assert!(reply.header("set-cookie").contains("Max-Age=0"), "the cookie has done its duty");
        let unionid = app.wechat().unionid("xiaoming");
        let openid = app.wechat().openid("xiaoming", official(app));
        for secret in [unionid.as_str(), openid.as_str(), "openid"] {
            assert!(!reply.text().contains(secret), "{secret} leaves the server");
        }
        assert_eq!(accounts(app).await, 1);
        assert_eq!(app.text("SELECT door FROM login_sessions").await.as_deref(), Some("h5"));
    }

    async fn authorize_h5_login_binds_the_browser_and_tells_caches_nothing(app) {
        let reply = app.get(AUTHORIZE).send().await;
        reply.expect(302);
        let cookie = reply.header("set-cookie");
        for part in ["sanjin-h5=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
            assert!(cookie.contains(part), "{part} is not in {cookie}");
        }
        assert!(!cookie.contains("Domain") && !cookie.contains("Secure"));
        assert_eq!(reply.header("cache-control"), "no-store");
        let (one, other) = (send_to_wechat(app, "").await, send_to_wechat(app, "").await);
        assert_ne!((&one.state, &one.cookie), (&other.state, &other.cookie));
        assert!(one.location.contains("&scope=snsapi_base&"));
    }

    async fn authorize_h5_login_over_https_keeps_the_cookie_to_this_host(
        app, config => {
            config.wechat.official.callback_url = "https://h5.example.gov.cn/h5/".to_owned();
        }
    ) {
        let browser = send_to_wechat(app, "").await;
        assert!(browser.cookie.starts_with("__Host-sanjin-h5="));
        assert!(browser.set_cookie.contains("Secure") && browser.set_cookie.contains("Path=/"));
        let code = oauth_code(app, "xiaoming", OauthScope::Base).await;
        // What a neighbour under the same domain could set is not looked at.
        let plain = browser.cookie.replace("__Host-", "");
        come_back(app, &plain, &code, &browser.state).await.problem(422, "login_state_invalid");
        let browser = send_to_wechat(app, "").await;
        come_back(app, &browser.cookie, &code, &browser.state).await.expect(200);
    }

    async fn authorize_h5_login_to_elsewhere_is_refused(app) {
        for path in [
            "//evil.example", "%2F%2Fevil.example", "/%5Cevil.example", "%5C%5Cevil.example",
            "https%3A%2F%2Fevil.example", "javascript%3Aalert(1)", "/%252F%252Fevil.example",
            "/h5//evil.example", "/%09/evil.example", "/h5/%0d%0aSet-Cookie:x", "", "h5",
            "/..%2F..", "/%E2%81%84evil",
        ] {
            let reply = app.get(&format!("{AUTHORIZE}?return_to={path}")).send().await;
            reply.invalid("return_to");
            assert!(!reply.headers.contains_key("location") && !reply.headers.contains_key("set-cookie"));
        }
        for query in ["?scope=everything", "?scope=base&scope=base", "?redirect_uri=https://evil.example"] {
            app.get(&format!("{AUTHORIZE}{query}")).send().await.problem(422, "validation_failed");
        }
    }

    async fn login_with_wechat_h5_of_another_browser_is_refused(app) {
        // A stranger got his own link back and wants this browser to log in with it.
        let stranger = send_to_wechat(app, "").await;
        let own = send_to_wechat(app, "").await;
        let code = oauth_code(app, "stranger", OauthScope::Base).await;
        let refused = |reply: tests::TestResponse| reply.problem(422, "login_state_invalid");
        refused(come_back(app, &own.cookie, &code, &stranger.state).await);
        // The try has used it up, for its own browser, too.
        refused(come_back(app, &stranger.cookie, &code, &stranger.state).await);
        refused(come_back(app, "x=y", &code, &own.state).await);
        refused(come_back(app, "sanjin-h5=", &code, &own.state).await);
        let other = send_to_wechat(app, "").await;
        let body = json!({ "code": code, "state": other.state });
        refused(app.post(H5_LOGIN).json(body).send().await);
        assert_eq!(app.wechat().call_count(OAUTH_TOKEN), 0, "WeChat was not even asked");
        assert_eq!(accounts(app).await, 0);
        // Who has nothing but the state cannot use it up.
        come_back(app, &other.cookie, &code, &other.state).await.expect(200);
    }

    async fn login_with_wechat_h5_with_a_state_we_never_made_is_refused(app) {
        let browser = send_to_wechat(app, "").await;
        let code = oauth_code(app, "xiaoming", OauthScope::Base).await;
        for state in ["x", "中", &"0".repeat(64), &browser.cookie, &"x".repeat(128)] {
            let reply = come_back(app, &browser.cookie, &code, state).await;
            reply.problem(422, "login_state_invalid");
        }
        app.refuses_each(|| app.post(H5_LOGIN), &json!({ "code": "x", "state": "y" }), [
            ("code", json!("")), ("code", json!("x".repeat(129))), ("state", json!("")),
            ("state", json!("x".repeat(129))), ("state", json!(null)), ("scope", json!("base")),
        ]).await;
    }

    async fn login_with_wechat_h5_twice_logs_in_once(app) {
        let browser = send_to_wechat(app, "").await;
        let code = oauth_code(app, "xiaoming", OauthScope::Base).await;
        let twice = (0..6).map(|_| come_back(app, &browser.cookie, &code, &browser.state));
        let mut statuses: Vec<u16> =
            join_all(twice).await.iter().map(|reply| reply.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422, 422, 422, 422, 422]);
        assert_eq!(app.wechat().call_count(OAUTH_TOKEN), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM login_sessions").await, 1);
    }

    async fn login_with_wechat_h5_too_late_is_refused(app) {
        let browser = send_to_wechat(app, "").await;
        app.advance(TimeDelta::seconds(599));
        let code = oauth_code(app, "xiaoming", OauthScope::Base).await;
        app.advance(TimeDelta::seconds(2));
        let late = come_back(app, &browser.cookie, &code, &browser.state).await;
        late.problem(422, "login_state_invalid");
        let browser = send_to_wechat(app, "").await;
        app.advance(TimeDelta::seconds(300));
        let late = come_back(app, &browser.cookie, &code, &browser.state).await;
        late.problem(422, "wechat_code_invalid");
    }

    async fn login_with_wechat_h5_with_a_used_or_foreign_code_is_refused(app) {
        let used = oauth_code(app, "xiaoming", OauthScope::Base).await;
        let browser = send_to_wechat(app, "").await;
        come_back(app, &browser.cookie, &used, &browser.state).await.expect(200);
        let mini = app.wechat().mint_login_code("xiaoming", app.app.wechat.appid()).await.unwrap();
        for (code, status, expected) in [
            (used.as_str(), 409, "wechat_code_used"),
            (mini.as_str(), 422, "wechat_code_invalid"),
            ("never-seen", 422, "wechat_code_invalid"),
        ] {
            let browser = send_to_wechat(app, "").await;
            let reply = come_back(app, &browser.cookie, code, &browser.state).await;
            reply.problem(status, expected);
        }
        assert_eq!(accounts(app).await, 1);
    }

    async fn login_with_wechat_h5_of_a_snapshot_is_refused_politely(app) {
        let browser = send_to_wechat(app, "").await;
        let code = app.wechat().mint_snapshot_code(official(app)).await.unwrap();
        let reply = come_back(app, &browser.cookie, &code, &browser.state).await;
        reply.problem(403, "snapshot_user");
        assert_eq!(accounts(app).await, 0);
    }

    async fn login_with_wechat_h5_when_wechat_fails_writes_nothing(app) {
        for fault in [
            Fault::Errcode(-1), Fault::Errcode(40125), Fault::Status(502), Fault::Truncated,
            Fault::Closed,
        ] {
            app.wechat().inject(OAUTH_TOKEN, fault, 1);
            let reply = enter_by_h5(app, "xiaoming", OauthScope::Base).await;
            reply.problem(503, "wechat_unavailable");
        }
        app.wechat().inject(OAUTH_TOKEN, Fault::Errcode(40226), 1);
        let reply = enter_by_h5(app, "xiaoming", OauthScope::Base).await;
        reply.problem(403, "wechat_user_blocked");
        assert_eq!(accounts(app).await, 0);
        assert_eq!(app.wechat().call_count(OAUTH_USER), 0);
    }

    async fn login_with_wechat_h5_stores_no_session_key_and_no_user_token(app) {
        let person = silently(app, "xiaoming").await;
        assert_eq!(person.id, silently(app, "xiaoming").await.id);
        let keys = "SELECT COUNT(*) FROM wechat_identities WHERE session_key_cipher IS NOT NULL";
        assert_eq!(app.count(keys).await, 0);
        openly(app, "xiaoming").await;
        assert_eq!(app.tables_with("94_").await, Vec::<String>::new());
        assert_eq!(app.tables_with("93_").await, Vec::<String>::new());
    }

    async fn h5_login_without_a_service_account_is_unavailable(
        app, config => {
            config.wechat.official.appid.clear();
            config.wechat.official.secret = Secret::new("");
        }
    ) {
        app.get(AUTHORIZE).send().await.problem(503, "h5_login_unavailable");
        let body = json!({ "code": "x", "state": "y" });
        app.post(H5_LOGIN).json(body).send().await.problem(503, "h5_login_unavailable");
        app.resident("xiaoming").await;
    }
}
