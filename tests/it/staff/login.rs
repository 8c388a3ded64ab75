//! Log-in by password, and the end of a session.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Role, TestApp, backends};

use super::{LOGIN, PASSWORD, administrator_and_member, audited, login, me, refresh, settled};

async fn set_status(app: &TestApp, admin: &tests::Person, member: &Value, status: &str) {
    let path = format!("/api/v1/staff/members/{}/status", member["id"].as_str().unwrap());
    app.put(&path).by(admin).json(json!({ "status": status })).send().await.expect(200);
}

backends! {
    async fn login_staff_with_the_right_password_opens_a_session(app) {
        administrator_and_member(app).await;
        let reply = login(app, "wang.wei", PASSWORD).await.expect(200);
        assert_eq!(reply["staff"]["username"], "wang.wei");
        assert_eq!(reply["expires_in"], 900);
        assert_eq!(reply["required_action"], "change_password");
        let me = me(app, &reply["access_token"]).await.expect(200);
        assert_eq!(me["last_login_at"], "2026-11-20T02:00:00Z");
        assert_eq!(audited(app, "staff.login").await, 1);
        settled(app, "li.na").await;
        let reply = login(app, "li.na", PASSWORD).await.expect(200);
        assert_eq!(reply.get("required_action"), None);
    }

    async fn login_staff_does_not_tell_a_wrong_name_from_a_wrong_password(app) {
        administrator_and_member(app).await;
        let mut answers = Vec::new();
        for username in ["wang.wei", "nobody", "WANG.WEI", "wang.wei ", "' OR 1=1 --"] {
            let mut problem =
                login(app, username, "a wrong password").await.problem(401, "credentials_invalid");
            problem["request_id"].take();
            answers.push(problem);
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
        assert_eq!(app.count("SELECT COUNT(*) FROM login_sessions").await, 1);
    }

    async fn login_staff_with_a_wrong_body_is_refused(app) {
        let body = json!({ "username": "wang.wei", "password": PASSWORD });
        app.refuses_each(|| app.post(LOGIN), &body, [
            ("username", json!("")), ("username", json!("x".repeat(65))), ("username", json!(1)),
            ("password", json!("")), ("password", json!("x".repeat(129))), ("password", json!(null)),
            ("otp", json!("000000")),
        ]).await;
    }

    async fn login_staff_of_a_disabled_member_is_told_so_only_with_the_password(app) {
        let (admin, member) = administrator_and_member(app).await;
        set_status(app, &admin, &member, "disabled").await;
        login(app, "wang.wei", "a wrong password").await.problem(401, "credentials_invalid");
        login(app, "wang.wei", PASSWORD).await.problem(403, "account_disabled");
        set_status(app, &admin, &member, "active").await;
        login(app, "wang.wei", PASSWORD).await.expect(200);
    }

    async fn set_staff_status_to_disabled_ends_every_session_at_once(app) {
        let (admin, member) = administrator_and_member(app).await;
        let sessions =
            [login(app, "wang.wei", PASSWORD).await, login(app, "wang.wei", PASSWORD).await];
        let sessions = sessions.map(|reply| reply.expect(200));
        me(app, &sessions[0]["access_token"]).await.expect(200);
        set_status(app, &admin, &member, "disabled").await;
        for session in &sessions {
            let refused = me(app, &session["access_token"]).await;
            assert!(matches!(refused.status.as_u16(), 401 | 403), "{}", refused.text());
            let refused = refresh(app, &session["refresh_token"]).await;
            refused.problem(401, "refresh_token_invalid");
        }
        // Enabling does not bring old tokens back.
        set_status(app, &admin, &member, "active").await;
        for session in &sessions {
            me(app, &session["access_token"]).await.problem(401, "token_invalid");
        }
    }

    async fn refresh_staff_login_rotates_and_a_second_use_ends_the_session(app) {
        administrator_and_member(app).await;
        let first = login(app, "wang.wei", PASSWORD).await.expect(200);
        let second = refresh(app, &first["refresh_token"]).await.expect(200);
        me(app, &second["access_token"]).await.expect(200);
        refresh(app, &first["refresh_token"]).await.problem(401, "refresh_token_reused");
        me(app, &second["access_token"]).await.problem(401, "token_invalid");
        refresh(app, &second["refresh_token"]).await.problem(401, "refresh_token_invalid");
    }

    async fn refresh_staff_login_with_a_token_of_a_resident_is_refused(app) {
        let resident = app.resident("xiaoming").await;
        let refused = refresh(app, &json!(resident.refresh_token)).await;
        refused.problem(401, "refresh_token_invalid");
        refresh(app, &json!("")).await.invalid("refresh_token");
    }

    async fn logout_staff_ends_the_session_at_once(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let logout = || app.post("/api/v1/staff/auth/logout").by(&editor).send();
        me(app, &json!(editor.token)).await.expect(200);
        logout().await.expect(204);
        assert_eq!(audited(app, "session.end").await, 1);
        logout().await.problem(401, "token_invalid");
        me(app, &json!(editor.token)).await.problem(401, "token_invalid");
        refresh(app, &json!(editor.refresh_token)).await.problem(401, "refresh_token_invalid");
    }

    async fn get_staff_me_with_an_expired_token_is_refused(app) {
        let editor = app.staff(Role::Editor, "country").await;
        app.advance(TimeDelta::seconds(901));
        me(app, &json!(editor.token)).await.problem(401, "token_expired");
        app.get("/api/v1/staff/me").send().await.problem(401, "unauthenticated");
    }

    async fn get_staff_me_of_a_resident_is_refused(app) {
        let resident = app.resident("xiaoming").await;
        me(app, &json!(resident.token)).await.problem(401, "token_invalid");
    }
}
