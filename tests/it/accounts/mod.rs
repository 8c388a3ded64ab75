//! Residents: one person with several doors, sessions, one's own account.

mod conflicts;
mod devices;
mod find;
mod h5;
mod join;
mod login;
mod me;
mod merge;
mod merged_columns;
mod real_name;
mod sessions;
mod wechat_data;

use chrono::TimeDelta;
use sanjin::platform::consent::NoticeKind;
use serde_json::{Value, json};
use tests::{Person, TestApp, TestResponse};
use wechat::client::official::OauthScope;

const AUTHORIZE: &str = "/api/v1/auth/wechat/h5/authorize";
const H5_LOGIN: &str = "/api/v1/auth/wechat/h5/login";

/// A browser that was sent to WeChat.
struct Browser {
    /// Where it was sent.
    location: String,
    state: String,
    /// `name=value`, as it sends it back.
    cookie: String,
    /// As it was set.
    set_cookie: String,
}

async fn send_to_wechat(app: &TestApp, query: &str) -> Browser {
    let reply = app.get(&format!("{AUTHORIZE}{query}")).send().await;
    reply.expect(302);
    let location = reply.header("location").to_owned();
    let state = location.split("&state=").nth(1).unwrap().split('#').next().unwrap().to_owned();
    let set_cookie = reply.header("set-cookie").to_owned();
    let cookie = set_cookie.split(';').next().unwrap().to_owned();
    Browser { location, state, cookie, set_cookie }
}

fn official(app: &TestApp) -> &str {
    app.app.official.as_ref().unwrap().appid()
}

async fn oauth_code(app: &TestApp, user: &str, scope: OauthScope) -> String {
    app.wechat().mint_oauth_code(user, official(app), scope).await.unwrap()
}

async fn come_back(app: &TestApp, cookie: &str, code: &str, state: &str) -> TestResponse {
    let body = json!({ "code": code, "state": state, "consents": consents(app) });
    app.post(H5_LOGIN).header("cookie", cookie).json(body).send().await
}

/// The usual ticks beside the button.
fn consents(app: &TestApp) -> Value {
    let purposes = ["account_basic", "phone", "real_name"];
    json!({ "version": app.notice(NoticeKind::General), "purposes": purposes, "channel": "h5" })
}

/// The whole way of an H5 page.
async fn enter_by_h5(app: &TestApp, user: &str, scope: OauthScope) -> TestResponse {
    let browser = send_to_wechat(app, "").await;
    let code = oauth_code(app, user, scope).await;
    come_back(app, &browser.cookie, &code, &browser.state).await
}

fn person(reply: &Value) -> Person {
    let text = |field: &str| reply[field].as_str().unwrap().to_owned();
    Person {
        id: reply["account"]["id"].as_str().unwrap().parse().unwrap(),
        token: text("access_token"),
        refresh_token: text("refresh_token"),
    }
}

/// Logs in by H5 without showing the unionid.
async fn silently(app: &TestApp, user: &str) -> Person {
    person(&enter_by_h5(app, user, OauthScope::Base).await.expect(200))
}

/// Logs in by H5 and shows the unionid: from here on both doors are one person.
async fn openly(app: &TestApp, user: &str) -> Person {
    person(&enter_by_h5(app, user, OauthScope::UserInfo).await.expect(200))
}

/// Two accounts of one person, as the service knows it: the elder came by the mini-program, the
/// younger silently by an H5 page.
async fn elder_and_younger(app: &TestApp, user: &str) -> (Person, Person) {
    let elder = app.resident(user).await;
    app.advance(TimeDelta::seconds(1));
    let younger = silently(app, user).await;
    assert_ne!(elder.id, younger.id);
    (elder, younger)
}

/// Lets the sweep after a merge run.
async fn sweep(app: &TestApp) {
    app.advance(TimeDelta::seconds(30));
    app.drain_jobs().await;
}
