//! Passwords: what may be chosen, when it has to change, and what a change ends.

use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Person, Role, Spec, TestApp, TestResponse, backends, wide_pool};
use uuid::Uuid;

use super::{
    PASSWORD, administrator_and_member, audited, login, me, member_body, person, refresh, settled,
};

const OWN_PASSWORD: &str = "/api/v1/staff/me/password";
const NEW: &str = "a river runs through it 7";

async fn set_password(app: &TestApp, who: &Person, old: &str, new: &str) -> TestResponse {
    let body = json!({ "current_password": old, "new_password": new });
    app.put(OWN_PASSWORD).by(who).json(body).send().await
}

/// An editor `li.na` who is logged in.
async fn li_na(app: &TestApp) -> Person {
    let id = settled(app, "li.na").await;
    person(id, &login(app, "li.na", PASSWORD).await.expect(200))
}

async fn reset(app: &TestApp, admin: &Person, id: &str) -> TestResponse {
    let path = format!("/api/v1/staff/members/{id}/temporary-password");
    app.post(&path).by(admin).send().await
}

backends! {
    async fn change_staff_password_ends_every_session_and_goes_on_in_a_new_one(app) {
        let here = li_na(app).await;
        let there = login(app, "li.na", PASSWORD).await.expect(200);
        me(app, &there["access_token"]).await.expect(200);
        let tokens = set_password(app, &here, PASSWORD, NEW).await.expect(200);
        me(app, &tokens["access_token"]).await.expect(200);
        for (access, refresh_token) in [
            (json!(here.token), json!(here.refresh_token)),
            (there["access_token"].clone(), there["refresh_token"].clone()),
        ] {
            me(app, &access).await.problem(401, "token_invalid");
            refresh(app, &refresh_token).await.problem(401, "refresh_token_invalid");
        }
        refresh(app, &tokens["refresh_token"]).await.expect(200);
        login(app, "li.na", PASSWORD).await.problem(401, "credentials_invalid");
        login(app, "li.na", NEW).await.expect(200);
        assert_eq!(audited(app, "staff.change_password").await, 1);
        assert_eq!(app.tables_with(NEW).await, Vec::<String>::new());
        let ended = "SELECT COUNT(*) FROM login_sessions WHERE revoked_because = 'credentials_changed'";
        assert_eq!(app.count(ended).await, 2);
    }

    async fn change_staff_password_with_a_wrong_one_is_a_guess_like_any_other(app) {
        let li_na = li_na(app).await;
        for _ in 0..3 {
            set_password(app, &li_na, "wrong", NEW).await.problem(422, "current_password_wrong");
        }
        for _ in 0..2 {
            login(app, "li.na", "wrong").await.problem(401, "credentials_invalid");
        }
        set_password(app, &li_na, PASSWORD, NEW).await.problem(429, "account_locked");
        login(app, "li.na", PASSWORD).await.problem(429, "account_locked");
        app.advance(TimeDelta::seconds(899));
        set_password(app, &li_na, PASSWORD, NEW).await.problem(429, "account_locked");
        app.advance(TimeDelta::seconds(1));
        let again = person(li_na.id, &login(app, "li.na", PASSWORD).await.expect(200));
        // What turns out right is not counted.
        for _ in 0..6 {
            set_password(app, &again, PASSWORD, PASSWORD).await.problem(422, "password_reused");
        }
    }

    async fn change_staff_password_to_what_is_guessed_first_is_refused(app) {
        let li_na = li_na(app).await;
        let body = json!({ "current_password": PASSWORD, "new_password": NEW });
        app.refuses_each(|| app.put(OWN_PASSWORD).by(&li_na), &body, [
            ("new_password", json!("Sh0rt!Sh0rt")),
            ("new_password", json!("x".repeat(129))),
            ("new_password", json!("onlylowercase")),
            ("new_password", json!("P@ssw0rd2026")),
            ("new_password", json!("Admin@123456")),
            ("new_password", json!("Li.Na-7Kq2Zx#pv")),
            ("new_password", json!("7Kq2李编辑Zx#pvLm")),
            ("new_password", json!("aaaaaaaaaaaaaaaaaaaaaaaa")),
            ("new_password", json!(null)),
            ("current_password", json!("")),
            ("current_password", json!("x".repeat(129))),
            ("username", json!("li.na")),
        ]).await;
        login(app, "li.na", PASSWORD).await.expect(200);
        let admin = app.staff(Role::SystemAdmin, "country").await;
        app.refuses_each(|| app.post("/api/v1/staff/members").by(&admin), &member_body("wang.wei"), [
            ("password", json!("Wang.Wei-2026")), ("password", json!("Password@2026")),
        ]).await;
    }

    async fn change_staff_password_back_to_one_of_the_last_few_is_refused(app, config => {
        config.auth.password_history = 3;
    }) {
        let mut who = li_na(app).await;
        let passwords = [PASSWORD, NEW, "another river runs 8", "and yet another one 9"];
        for pair in passwords.windows(2) {
            app.advance(TimeDelta::seconds(1));
            let tokens = set_password(app, &who, pair[0], pair[1]).await.expect(200);
            who = person(who.id, &tokens);
            set_password(app, &who, pair[1], pair[0]).await.problem(422, "password_reused");
            set_password(app, &who, pair[1], pair[1]).await.problem(422, "password_reused");
        }
        set_password(app, &who, passwords[3], NEW).await.problem(422, "password_reused");
        assert_eq!(app.count("SELECT COUNT(*) FROM staff_password_history").await, 3);
        // The first is the fourth back.
        app.advance(TimeDelta::seconds(1));
        set_password(app, &who, passwords[3], PASSWORD).await.expect(200);
    }

    async fn change_staff_password_by_many_at_once_works_once(app, config => { wide_pool(config); }) {
        let li_na = li_na(app).await;
        app.execute("UPDATE staff_members SET failed_logins = -20").await;
        let asks = (0..8).map(|n| {
            let new = format!("a river runs through {n}");
            let (app, li_na) = (app, &li_na);
            async move { (n, set_password(app, li_na, PASSWORD, &new).await) }
        });
        let replies = join_all(asks).await;
        let won: Vec<_> = replies.iter().filter(|(_, reply)| reply.status == 200).collect();
        assert_eq!(won.len(), 1);
        for (_, lost) in replies.iter().filter(|(_, reply)| reply.status != 200) {
            let code = lost.json()["code"].clone();
            assert!(code == "current_password_wrong" || code == "token_invalid", "{code}");
        }
        login(app, "li.na", &format!("a river runs through {}", won[0].0)).await.expect(200);
        let open = "SELECT COUNT(*) FROM login_sessions WHERE revoked_at IS NULL";
        assert_eq!(app.count(open).await, 2);
    }

    async fn a_new_member_can_do_nothing_before_changing_the_password(app) {
        let (_, member) = administrator_and_member(app).await;
        let id: Uuid = member["id"].as_str().unwrap().parse().unwrap();
        let tokens = login(app, "wang.wei", PASSWORD).await.expect(200);
        let who = person(id, &tokens);
        assert_eq!(me(app, &tokens["access_token"]).await.expect(200)["required_action"], "change_password");
        let sessions = |who: &Person| app.get("/api/v1/staff/me/sessions").by(who).send();
        sessions(&who).await.problem(403, "password_change_required");
        // Nor after a refresh.
        let who = person(id, &refresh(app, &json!(who.refresh_token)).await.expect(200));
        sessions(&who).await.problem(403, "password_change_required");
        set_password(app, &who, PASSWORD, PASSWORD).await.problem(422, "password_reused");
        let tokens = set_password(app, &who, PASSWORD, NEW).await.expect(200);
        let who = person(id, &tokens);
        sessions(&who).await.expect(200);
        let me = me(app, &tokens["access_token"]).await.expect(200);
        assert_eq!(me.get("required_action"), None);
        let again = login(app, "wang.wei", NEW).await.expect(200);
        assert_eq!(again.get("required_action"), None);
    }

    async fn every_operation_but_those_on_oneself_is_shut_while_a_password_is_due(app) {
        let lab = app.lab("实验室").await;
        let crew = app.crew(&lab).await;
        let crew = [&crew.system, &crew.security, &crew.audit, &crew.business];
        app.execute("UPDATE staff_members SET must_change_password = TRUE").await;
        let (mut open, mut shut) = (Vec::new(), 0);
        for operation in &Spec::shared().operations {
            let Some((audience, permission)) = &operation.security else { continue };
            if audience != "staff" || operation.id == "logout_staff" {
                continue;
            }
            let path = operation.path.replace("{id}", &Uuid::from_u128(9).to_string());
            let method: Method = operation.method.parse().unwrap();
            let mut refusals = Vec::new();
            for who in crew {
                let ask = app.request(method.clone(), &path).header("if-match", "\"0\"");
                let reply = ask.by(who).json(json!({})).send().await;
                if permission == "staff.self" {
                    assert_ne!(reply.status, 403, "{}: {}", operation.id, reply.text());
                } else {
                    assert_eq!(reply.status, 403, "{}: {}", operation.id, reply.text());
                    refusals.push(reply.json()["code"].clone());
                }
            }
            if permission == "staff.self" {
                open.push(operation.id.as_str());
            } else {
                assert!(refusals.contains(&json!("password_change_required")), "{}", operation.id);
                shut += 1;
            }
        }
        open.sort_unstable();
        assert_eq!(open, [
            "change_staff_password", "confirm_second_factor", "enrol_second_factor", "get_staff_me",
            "remove_second_factor", "renew_recovery_codes",
        ]);
        assert!(shut > 20, "{shut}");
        app.post("/api/v1/staff/auth/logout").by(crew[0]).send().await.expect(204);
    }

    async fn a_password_has_to_be_changed_when_it_is_too_old(app, config => {
        config.auth.password_max_age_days = 90;
    }) {
        settled(app, "li.na").await;
        app.advance(TimeDelta::days(90) - TimeDelta::seconds(1));
        let tokens = login(app, "li.na", PASSWORD).await.expect(200);
        assert_eq!(tokens.get("required_action"), None);
        let own = me(app, &tokens["access_token"]).await.expect(200);
        assert_eq!(own["password_expires_at"], "2027-02-18T02:00:00Z");
        app.advance(TimeDelta::seconds(1));
        let tokens = login(app, "li.na", PASSWORD).await.expect(200);
        assert_eq!(tokens["required_action"], "change_password");
        let who = person(Uuid::nil(), &tokens);
        let articles = |who: &Person| app.get("/api/v1/staff/articles").by(who).send();
        articles(&who).await.problem(403, "password_change_required");
        let tokens = set_password(app, &who, PASSWORD, NEW).await.expect(200);
        articles(&person(Uuid::nil(), &tokens)).await.expect(200);
        app.advance(TimeDelta::days(90));
        let tokens = login(app, "li.na", NEW).await.expect(200);
        assert_eq!(tokens["required_action"], "change_password");
    }

    async fn reset_staff_password_ends_sessions_and_opens_a_locked_account(app) {
        let (admin, member) = administrator_and_member(app).await;
        let id = member["id"].as_str().unwrap();
        let before = login(app, "wang.wei", PASSWORD).await.expect(200);
        for _ in 0..5 {
            login(app, "wang.wei", "wrong").await.problem(401, "credentials_invalid");
        }
        login(app, "wang.wei", PASSWORD).await.problem(429, "account_locked");
        let reply = reset(app, &admin, id).await.expect(201);
        let temporary = reply["password"].as_str().unwrap();
        me(app, &before["access_token"]).await.problem(401, "token_invalid");
        refresh(app, &before["refresh_token"]).await.problem(401, "refresh_token_invalid");
        login(app, "wang.wei", PASSWORD).await.problem(401, "credentials_invalid");
        let tokens = login(app, "wang.wei", temporary).await.expect(200);
        assert_eq!(tokens["required_action"], "change_password");
        let who = person(Uuid::nil(), &tokens);
        set_password(app, &who, temporary, PASSWORD).await.problem(422, "password_reused");
        set_password(app, &who, temporary, NEW).await.expect(200);
        assert_eq!(audited(app, "staff.reset_password").await, 1);
        assert_eq!(app.tables_with(temporary).await, Vec::<String>::new());
    }

    async fn reset_staff_password_of_oneself_or_of_nobody_is_refused(app) {
        let admin = app.staff(Role::SystemAdmin, "country").await;
        reset(app, &admin, &admin.id.to_string()).await.problem(403, "forbidden");
        reset(app, &admin, &Uuid::nil().to_string()).await.problem(404, "not_found");
        let members: Value = app.get("/api/v1/staff/members").by(&admin).send().await.expect(200);
        assert_eq!(members["items"].as_array().unwrap().len(), 1);
    }
}
