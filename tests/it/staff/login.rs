//! Log-in by password, the lock, and the end of a session.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Role, TestApp, TestResponse, backends};

use super::{PASSWORD, administrator_and_member};

async fn login(app: &TestApp, username: &str, password: &str) -> TestResponse {
    let body = json!({ "username": username, "password": password });
    app.post("/api/v1/staff/auth/login").json(body).send().await
}

async fn refresh(app: &TestApp, token: &Value) -> TestResponse {
    app.post("/api/v1/staff/auth/refresh").json(json!({ "refresh_token": token })).send().await
}

async fn me(app: &TestApp, token: &Value) -> TestResponse {
    app.get("/api/v1/staff/me").bearer(token.as_str().unwrap()).send().await
}

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
        let me = me(app, &reply["access_token"]).await.expect(200);
        assert_eq!(me["last_login_at"], "2026-11-20T02:00:00Z");
        let audited = "SELECT COUNT(*) FROM audit_entries WHERE action = 'staff.login'";
        assert_eq!(app.count(audited).await, 1);
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
        app.refuses_each(|| app.post("/api/v1/staff/auth/login"), &body, [
            ("username", json!("")), ("username", json!("x".repeat(65))), ("username", json!(1)),
            ("password", json!("")), ("password", json!("x".repeat(129))), ("password", json!(null)),
            ("otp", json!("000000")),
        ]).await;
    }

    async fn login_staff_after_five_wrong_passwords_is_locked_for_a_while(app) {
        administrator_and_member(app).await;
        for _ in 0..5 {
            login(app, "wang.wei", "a wrong password").await.problem(401, "credentials_invalid");
        }
        let locked = login(app, "wang.wei", PASSWORD).await;
        locked.problem(429, "account_locked");
        assert_eq!(locked.header("retry-after"), "900");
        app.advance(TimeDelta::seconds(899));
        let locked = login(app, "wang.wei", PASSWORD).await;
        locked.problem(429, "account_locked");
        assert_eq!(locked.header("retry-after"), "1");
        app.advance(TimeDelta::seconds(1));
        login(app, "wang.wei", PASSWORD).await.expect(200);
        let audited = "SELECT COUNT(*) FROM audit_entries WHERE action = 'staff.locked_out'";
        assert_eq!(app.count(audited).await, 1);
    }

    async fn login_staff_after_four_wrong_passwords_starts_to_count_anew(app) {
        administrator_and_member(app).await;
        for _ in 0..2 {
            for _ in 0..4 {
                let wrong = login(app, "wang.wei", "a wrong password").await;
                wrong.problem(401, "credentials_invalid");
            }
            login(app, "wang.wei", PASSWORD).await.expect(200);
        }
    }

    async fn login_staff_with_twenty_guesses_at_once_tries_five(app) {
        administrator_and_member(app).await;
        let guesses = (0..20).map(|n| login(app, "wang.wei", if n == 19 { PASSWORD } else { "guess" }));
        let replies = join_all(guesses).await;
        let tried = replies.iter().filter(|reply| reply.status != 429).count();
        assert!(tried <= 5, "{tried} guesses were looked at");
        for reply in replies.iter().filter(|reply| reply.status == 429) {
            reply.problem(429, "account_locked");
        }
    }

    async fn login_staff_whose_guesses_were_broken_off_is_not_locked_for_ever(app) {
        administrator_and_member(app).await;
        // The client hung up while its password was looked at: five spent attempts, no lock.
        app.execute("UPDATE staff_members SET failed_logins = 5").await;
        login(app, "wang.wei", PASSWORD).await.problem(429, "account_locked");
        app.advance(TimeDelta::seconds(901));
        login(app, "wang.wei", PASSWORD).await.expect(200);
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

    async fn refresh_staff_login_after_a_working_day_without_use_is_refused(app) {
        administrator_and_member(app).await;
        let pair = login(app, "wang.wei", PASSWORD).await.expect(200);
        app.advance(TimeDelta::hours(8));
        refresh(app, &pair["refresh_token"]).await.problem(401, "refresh_token_invalid");
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
