//! Access tokens, refresh tokens and the end of a session.

use chrono::TimeDelta;
use futures_util::future::join;
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestResponse, backends};

const MONTH: TimeDelta = TimeDelta::days(30);

async fn refresh(app: &TestApp, token: &str) -> TestResponse {
    app.post("/api/v1/auth/refresh").json(json!({ "refresh_token": token })).send().await
}

async fn me(app: &TestApp, token: &str) -> TestResponse {
    app.get("/api/v1/me").bearer(token).send().await
}

async fn logout(app: &TestApp, person: &Person) -> TestResponse {
    app.post("/api/v1/auth/logout").by(person).send().await
}

fn text(pair: &Value, field: &str) -> String {
    pair[field].as_str().unwrap().to_owned()
}

backends! {
    async fn refresh_login_with_a_fresh_token_rotates_the_pair(app) {
        let person = app.resident("xiaoming").await;
        let pair = refresh(app, &person.refresh_token).await.expect(200);
        assert_eq!(pair["expires_in"], 900);
        assert_ne!(pair["refresh_token"], person.refresh_token);
        let body = me(app, &text(&pair, "access_token")).await.expect(200);
        assert_eq!(body["id"], person.id.to_string());
        refresh(app, &text(&pair, "refresh_token")).await.expect(200);
        assert_eq!(app.count("SELECT COUNT(*) FROM login_sessions").await, 1);
    }

    async fn refresh_login_with_a_used_token_ends_the_session_and_its_access_tokens(app) {
        let stolen = app.resident("xiaoming").await;
        let elsewhere = app.resident("xiaoming").await;
        let pair = refresh(app, &stolen.refresh_token).await.expect(200);
        let (access, next) = (text(&pair, "access_token"), text(&pair, "refresh_token"));
        me(app, &access).await.expect(200);

        refresh(app, &stolen.refresh_token).await.problem(401, "refresh_token_reused");

        me(app, &access).await.problem(401, "token_invalid");
        me(app, &stolen.token).await.problem(401, "token_invalid");
        refresh(app, &next).await.problem(401, "refresh_token_invalid");
        refresh(app, &stolen.refresh_token).await.problem(401, "refresh_token_invalid");
        // The other device is another family.
        me(app, &elsewhere.token).await.expect(200);
        refresh(app, &elsewhere.refresh_token).await.expect(200);
        let reuses = "SELECT COUNT(*) FROM audit_entries WHERE action = 'session.reuse_detected'";
        assert_eq!(app.count(reuses).await, 1);
    }

    async fn refresh_login_twice_at_once_is_one_pair_and_one_reuse(app) {
        let person = app.resident("xiaoming").await;
        let token = &person.refresh_token;
        let (a, b) = join(refresh(app, token), refresh(app, token)).await;
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401]);
    }

    async fn refresh_login_with_what_is_no_refresh_token_is_refused(app) {
        let person = app.resident("xiaoming").await;
        let editor = app.staff(Role::Editor, "country").await;
        for token in ["x", "中文", &"x".repeat(128), &editor.refresh_token] {
            refresh(app, token).await.problem(401, "refresh_token_invalid");
        }
        // An access token is longer than any refresh token.
        refresh(app, &person.token).await.invalid("refresh_token");
        refresh(app, "").await.invalid("refresh_token");
        // None of it has harmed anybody.
        refresh(app, &person.refresh_token).await.expect(200);
        let staff = json!({ "refresh_token": editor.refresh_token });
        app.post("/api/v1/staff/auth/refresh").json(staff).send().await.expect(200);
    }

    async fn refresh_login_after_a_month_without_use_is_refused(app) {
        let person = app.resident("xiaoming").await;
        app.advance(MONTH - TimeDelta::seconds(1));
        let pair = refresh(app, &person.refresh_token).await.expect(200);
        // Use prolongs it.
        app.advance(MONTH - TimeDelta::seconds(1));
        let pair = refresh(app, &text(&pair, "refresh_token")).await.expect(200);
        app.advance(MONTH);
        refresh(app, &text(&pair, "refresh_token")).await.problem(401, "refresh_token_invalid");
    }

    async fn get_me_with_an_expired_token_is_refused_until_it_is_refreshed(app) {
        let person = app.resident("xiaoming").await;
        app.advance(TimeDelta::seconds(899));
        me(app, &person.token).await.expect(200);
        app.advance(TimeDelta::seconds(2));
        me(app, &person.token).await.problem(401, "token_expired");
        let pair = refresh(app, &person.refresh_token).await.expect(200);
        me(app, &text(&pair, "access_token")).await.expect(200);
    }

    async fn logout_ends_this_session_at_once_and_no_other(app) {
        let here = app.resident("xiaoming").await;
        let there = app.resident("xiaoming").await;
        me(app, &here.token).await.expect(200);
        let reply = logout(app, &here).await;
        reply.expect(204);
        assert!(reply.body.is_empty());
        me(app, &here.token).await.problem(401, "token_invalid");
        logout(app, &here).await.problem(401, "token_invalid");
        refresh(app, &here.refresh_token).await.problem(401, "refresh_token_invalid");
        me(app, &there.token).await.expect(200);
    }

    async fn get_me_without_token_is_refused(app) {
        app.get("/api/v1/me").send().await.problem(401, "unauthenticated");
    }

    async fn get_me_with_what_is_no_token_of_a_resident_is_refused(app) {
        let person = app.resident("xiaoming").await;
        let editor = app.staff(Role::Editor, "country").await;
        let parts: Vec<&str> = person.token.split('.').collect();
        let [head, claims, signature] = parts[..] else { panic!("a token has three parts") };
        let editor_claims = editor.token.split('.').nth(1).unwrap();
        for header in [
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            "Bearer x.y.z".to_owned(),
            format!("Basic {}", person.token),
            person.token.clone(),
            format!("Bearer {}", person.refresh_token),
            format!("Bearer {head}.{claims}."),
            format!("Bearer {head}.{editor_claims}.{signature}"),
            format!("Bearer {}", editor.token),
        ] {
            let get = app.get("/api/v1/me").header("authorization", &header).send().await;
            get.problem(401, "token_invalid");
        }
        let lower = format!("bearer {}", person.token);
        app.get("/api/v1/me").header("authorization", &lower).send().await.expect(200);
    }

    async fn list_articles_with_a_bad_token_is_answered(app) {
        // Whoever keeps an old token can still read what is open to all.
        app.get("/api/v1/articles").bearer("x.y.z").send().await.expect(200);
    }
}
