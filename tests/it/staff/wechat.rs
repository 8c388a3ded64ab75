//! A bound WeChat account as a way in.

use chrono::TimeDelta;
use futures_util::future::join_all;
use sanjin::platform::config::SecondFactor;
use serde_json::json;
use tests::{Person, Role, TestApp, TestResponse, backends, wide_pool};
use uuid::Uuid;

use super::{Enrolled, PASSWORD, audited, login, me, pass, person, settled};

const WECHAT: &str = "/api/v1/staff/me/wechat";

async fn mint(app: &TestApp, user: &str) -> String {
    app.wechat().mint_login_code(user, app.app.wechat.appid()).await.unwrap()
}

async fn bind(app: &TestApp, who: &Person, user: &str) -> TestResponse {
    let body = json!({ "code": mint(app, user).await, "password": PASSWORD });
    app.post(WECHAT).by(who).json(body).send().await
}

async fn enter(app: &TestApp, user: &str) -> TestResponse {
    let body = json!({ "code": mint(app, user).await });
    app.post("/api/v1/staff/auth/wechat").json(body).send().await
}

/// A settled editor who is logged in.
async fn editor(app: &TestApp, username: &str) -> Person {
    let id = settled(app, username).await;
    person(id, &login(app, username, PASSWORD).await.expect(200))
}

backends! {
    async fn login_staff_with_wechat_opens_a_session_of_the_bound_member(app) {
        let li_na = editor(app, "li.na").await;
        enter(app, "lina").await.problem(401, "wechat_not_bound");
        bind(app, &li_na, "lina").await.expect(204);
        assert_eq!(me(app, &json!(li_na.token)).await.expect(200)["has_wechat"], true);
        let reply = enter(app, "lina").await.expect(200);
        assert_eq!(reply["staff"]["username"], "li.na");
        me(app, &reply["access_token"]).await.expect(200);
        enter(app, "somebody.else").await.problem(401, "wechat_not_bound");
        app.delete(WECHAT).by(&li_na).send().await.expect(204);
        app.delete(WECHAT).by(&li_na).send().await.expect(204);
        enter(app, "lina").await.problem(401, "wechat_not_bound");
        for (action, times) in [("staff.bind_wechat", 1), ("staff.unbind_wechat", 1), ("staff.login", 2)] {
            assert_eq!(audited(app, action).await, times, "{action}");
        }
    }

    async fn bind_staff_wechat_wants_the_password_and_a_good_code(app) {
        let li_na = editor(app, "li.na").await;
        let post = |body| app.post(WECHAT).by(&li_na).json(body).send();
        let code = mint(app, "lina").await;
        post(json!({ "code": code, "password": "wrong" })).await.problem(422, "current_password_wrong");
        post(json!({ "code": "x", "password": PASSWORD })).await.problem(422, "wechat_code_invalid");
        // The refusal did not use the code up.
        post(json!({ "code": code, "password": PASSWORD })).await.expect(204);
        post(json!({ "code": code, "password": PASSWORD })).await.problem(409, "wechat_code_used");
        app.refuses_each(|| app.post(WECHAT).by(&li_na), &json!({ "code": "x", "password": "x" }), [
            ("code", json!("")), ("code", json!("x".repeat(129))), ("password", json!("")),
            ("openid", json!("x")),
        ]).await;
    }

    async fn bind_staff_wechat_is_one_to_one(app) {
        let (li_na, wang_wei) = (editor(app, "li.na").await, editor(app, "wang.wei").await);
        bind(app, &li_na, "lina").await.expect(204);
        bind(app, &li_na, "lina").await.problem(409, "wechat_already_bound");
        bind(app, &li_na, "other.phone").await.problem(409, "wechat_already_bound");
        bind(app, &wang_wei, "lina").await.problem(409, "wechat_already_bound");
        bind(app, &wang_wei, "other.phone").await.expect(204);
        assert_eq!(enter(app, "lina").await.expect(200)["staff"]["username"], "li.na");
        assert_eq!(enter(app, "other.phone").await.expect(200)["staff"]["username"], "wang.wei");
    }

    async fn one_wechat_account_bound_by_many_at_once_is_bound_to_one(app, config => { wide_pool(config); }) {
        let mut people = Vec::new();
        for n in 0..6 {
            people.push(editor(app, &format!("editor{n}")).await);
        }
        let replies = join_all(people.iter().map(|who| bind(app, who, "lina"))).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 204).count(), 1);
        for reply in replies.iter().filter(|reply| reply.status != 204) {
            reply.problem(409, "wechat_already_bound");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM staff_wechat_bindings").await, 1);
    }

    async fn a_member_and_a_resident_of_one_wechat_account_stay_apart(app) {
        let li_na = editor(app, "li.na").await;
        bind(app, &li_na, "lina").await.expect(204);
        let resident = app.resident("lina").await;
        let staff = enter(app, "lina").await.expect(200);
        assert_ne!(resident.id.to_string(), staff["staff"]["id"].as_str().unwrap());
        me(app, &json!(resident.token)).await.problem(401, "token_invalid");
        let get = app.get("/api/v1/me").bearer(staff["access_token"].as_str().unwrap());
        get.send().await.problem(401, "token_invalid");
        assert_eq!(app.count("SELECT COUNT(*) FROM accounts").await, 1);
    }

    async fn login_staff_with_wechat_still_asks_for_the_code(app) {
        let li_na = Enrolled::of(app, "li.na").await;
        bind(app, &li_na.who, "lina").await.expect(204);
        app.advance(TimeDelta::seconds(30));
        let reply = enter(app, "lina").await.expect(200);
        let ticket = reply["second_factor"]["ticket"].as_str().unwrap();
        pass(app, ticket, &li_na.code(app)).await.expect(200);
        let doors = "SELECT COUNT(*) FROM audit_entries WHERE action = 'staff.login' \
                     AND CAST(details AS TEXT) LIKE '%wechat%'";
        assert_eq!(app.count(doors).await, 1);
    }

    async fn login_staff_with_wechat_may_be_spared_the_code_by_setting(app, config => {
        config.auth.wechat_replaces_code = true;
        config.auth.second_factor = SecondFactor::Required;
    }) {
        let id = settled(app, "li.na").await;
        let li_na = person(id, &login(app, "li.na", PASSWORD).await.expect(200));
        let li_na = Enrolled::by(app, &li_na).await;
        bind(app, &li_na.who, "lina").await.expect(204);
        let reply = enter(app, "lina").await.expect(200);
        assert_eq!(reply["required_action"], json!(null));
        me(app, &reply["access_token"]).await.expect(200);
        // The password alone is still one factor.
        assert!(login(app, "li.na", PASSWORD).await.expect(200)["second_factor"].is_object());
    }

    async fn login_staff_with_wechat_of_who_may_not_log_in_is_refused(app) {
        let li_na = editor(app, "li.na").await;
        bind(app, &li_na, "lina").await.expect(204);
        for _ in 0..5 {
            login(app, "li.na", "wrong").await.problem(401, "credentials_invalid");
        }
        enter(app, "lina").await.problem(429, "account_locked");
        app.advance(TimeDelta::seconds(900));
        enter(app, "lina").await.expect(200);
        let admin = app.staff(Role::SystemAdmin, "country").await;
        let member = format!("/api/v1/staff/members/{}", li_na.id);
        let status = app.put(&format!("{member}/status")).by(&admin);
        status.json(json!({ "status": "disabled" })).send().await.expect(200);
        enter(app, "lina").await.problem(403, "account_disabled");
        let status = app.put(&format!("{member}/status")).by(&admin);
        status.json(json!({ "status": "active" })).send().await.expect(200);
        // A lost phone: the security administrator takes the binding away.
        let security = app.staff(Role::SecurityAdmin, "country").await;
        app.delete(&format!("{member}/second-factor")).by(&security).send().await.expect(204);
        enter(app, "lina").await.problem(401, "wechat_not_bound");
    }

    async fn a_member_whose_password_is_due_has_to_change_it_by_wechat_too(app) {
        let li_na = editor(app, "li.na").await;
        bind(app, &li_na, "lina").await.expect(204);
        let admin = app.staff(Role::SystemAdmin, "country").await;
        let path = format!("/api/v1/staff/members/{}/temporary-password", li_na.id);
        app.post(&path).by(&admin).send().await.expect(201);
        let reply = enter(app, "lina").await.expect(200);
        assert_eq!(reply["required_action"], "change_password");
        let who = person(Uuid::nil(), &reply);
        bind(app, &who, "lina").await.problem(403, "password_change_required");
    }
}
