//! Closing an account: what is left meanwhile, and changing one's mind.

use chrono::TimeDelta;
use serde_json::json;
use tests::{backends, complaint_body};

use super::{
    CANCELLATION, DELETION, EXPORTS, again, ask_deletion, ask_export, cancel, download, exported,
    let_it_happen, status, text,
};

backends! {
    async fn a_closing_account_is_left_with_its_rights_over_its_data(app) {
        let person = app.resident("xiaoming").await;
        let wish = ask_deletion(app, &person).await.expect(201);
        assert_eq!([&wish["status"], &wish["closes_at"]], ["scheduled", "2026-12-05T02:00:00Z"]);
        // At once, and also after logging in again.
        let again = app.resident("xiaoming").await;
        assert_eq!(again.id, person.id);
        for person in [&person, &again] {
            for path in ["/api/v1/me", "/api/v1/bookings", "/api/v1/notifications", "/api/v1/complaints"] {
                app.get(path).by(person).send().await.problem(403, "account_closing");
            }
            let post = app.post("/api/v1/complaints").by(person).json(complaint_body());
            post.send().await.problem(403, "account_closing");
            app.get(DELETION).by(person).send().await.expect(200);
        }
        app.drain_jobs().await;
        let id = exported(app, &again).await;
        download(app, &again, &id).await;
        let refresh = json!({ "refresh_token": again.refresh_token });
        app.post("/api/v1/auth/refresh").json(refresh).send().await.expect(200);
        app.post("/api/v1/auth/logout").by(&person).send().await.expect(204);
        let code = app.wechat().mint_login_code("xiaoming", app.app.wechat.appid()).await.unwrap();
        let login = app.post("/api/v1/auth/wechat/login").json(json!({ "code": code }));
        assert_eq!(login.send().await.expect(200)["account"]["status"], "closing");
        let told = "SELECT COUNT(*) FROM notifications WHERE kind = 'account_closing'";
        assert_eq!(app.count(told).await, 1);
        app.advance(TimeDelta::minutes(2));
        app.drain_jobs().await;
    }

    async fn request_deletion_wants_the_words(app) {
        let person = app.resident("xiaoming").await;
        app.refuses_each(|| app.post(DELETION).by(&person), &json!({}), [
            ("confirmation", json!("注销")), ("confirmation", json!("")), ("confirmation", json!(true)),
            ("confirmation", json!("注销账号".repeat(9))), ("sure", json!(true)),
        ]).await;
        app.post(DELETION).by(&person).send().await.invalid("confirmation");
        assert_eq!(status(app, &person).await.as_deref(), Some("active"));
        app.get(DELETION).by(&person).send().await.problem(404, "not_found");
        cancel(app, &person).await.problem(409, "deletion_not_scheduled");
    }

    async fn asking_again_gives_the_same_answer_and_one_erasure(app) {
        let person = app.resident("xiaoming").await;
        let ask = || {
            let body = json!({ "confirmation": "注销账号" });
            app.post(DELETION).by(&person).header("idempotency-key", "close-0001").json(body).send()
        };
        let first = ask().await;
        first.expect(201);
        assert_eq!(ask().await.body, first.body);
        app.advance(TimeDelta::minutes(5));
        let second = ask_deletion(app, &person).await.expect(200);
        assert_eq!(second, first.json());
        assert_eq!(app.count("SELECT COUNT(*) FROM jobs WHERE kind = 'account.erase'").await, 1);
        app.drain_jobs().await;
    }

    async fn a_cancelled_deletion_leaves_the_account_as_it_was(app) {
        let person = app.resident("xiaoming").await;
        ask_deletion(app, &person).await.expect(201);
        app.advance(TimeDelta::days(14));
        app.drain_jobs().await;
        let person = again(app, &person).await;
        let cancelled = cancel(app, &person).await.expect(200);
        assert_eq!(cancelled["status"], "cancelled");
        app.get("/api/v1/me").by(&person).send().await.expect(200);
        cancel(app, &person).await.problem(409, "deletion_not_scheduled");
        // The old appointment with the erasure passes by; a new wish has its own time.
        let_it_happen(app).await;
        let person = again(app, &person).await;
        assert_eq!(app.get("/api/v1/me").by(&person).send().await.expect(200)["status"], "active");
        ask_deletion(app, &person).await.expect(201);
        app.advance(TimeDelta::days(14));
        app.drain_jobs().await;
        assert_eq!(status(app, &person).await.as_deref(), Some("closing"));
        app.advance(TimeDelta::days(1));
        app.drain_jobs().await;
        assert_eq!(status(app, &person).await, None);
    }

    async fn a_closing_account_gives_its_places_back_at_the_last_moment_too(app) {
        let lab = app.lab("甲实验室").await;
        let (soon, later) = (app.slot(&lab, 3, 1).await, app.slot(&lab, 48, 1).await);
        let person = app.resident("xiaoming").await;
        let confirmed = app.booking(&person, soon).await;
        let waiting = app.booking(&person, later).await;
        let path = format!("/api/v1/staff/bookings/{confirmed}/confirmation");
        app.post(&path).by(&lab.staff).send().await.expect(200);
        app.advance(TimeDelta::hours(2));
        let person = again(app, &person).await;
        let path = format!("/api/v1/bookings/{confirmed}/cancellation");
        app.post(&path).by(&person).json(json!({})).send().await.problem(409, "cutoff_passed");
        ask_deletion(app, &person).await.expect(201);
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT SUM(held + booked) FROM slots").await, 0);
        let other = app.resident("xiaohong").await;
        app.booking(&other, later).await;
        for id in [confirmed, waiting] {
            let sql = format!("SELECT status FROM bookings WHERE id = {}", app.literal(id));
            assert_eq!(app.text(&sql).await.as_deref(), Some("cancelled_by_user"));
        }
        app.advance(TimeDelta::minutes(1));
        app.drain_jobs().await;
    }

    async fn nobody_closes_or_keeps_the_account_of_another(app) {
        let (person, other) = (app.resident("xiaoming").await, app.resident("xiaohong").await);
        ask_deletion(app, &person).await.expect(201);
        cancel(app, &other).await.problem(409, "deletion_not_scheduled");
        app.get(DELETION).by(&other).send().await.problem(404, "not_found");
        app.get("/api/v1/me").by(&other).send().await.expect(200);
        for path in [DELETION, CANCELLATION, EXPORTS] {
            app.post(path).json(json!({})).send().await.problem(401, "unauthenticated");
        }
        app.drain_jobs().await;
        let_it_happen(app).await;
        assert_eq!(status(app, &other).await.as_deref(), Some("active"));
        assert_eq!(status(app, &person).await, None);
    }

    async fn the_same_wechat_is_a_new_person_afterwards(app) {
        let person = app.resident("xiaoming").await;
        ask_export(app, &person).await.expect(201);
        ask_deletion(app, &person).await.expect(201);
        app.drain_jobs().await;
        let_it_happen(app).await;
        let tokens = [&person.token, &again_token(app, &person)];
        for token in tokens {
            let reply = app.get(DELETION).bearer(token).send().await;
            assert_eq!(reply.status.as_u16(), 401, "{}", reply.text());
        }
        let refresh = json!({ "refresh_token": person.refresh_token });
        let refresh = app.post("/api/v1/auth/refresh").json(refresh).send().await;
        refresh.problem(401, "refresh_token_invalid");
        let newcomer = app.resident("xiaoming").await;
        assert_ne!(newcomer.id, person.id);
        let me = app.get("/api/v1/me").by(&newcomer).send().await.expect(200);
        assert_eq!([text(&me["status"]), &me["phone"].to_string()], ["active", "null"]);
        assert!(app.walk(EXPORTS, Some(&newcomer), 5).await.is_empty());
        app.get(DELETION).by(&newcomer).send().await.problem(404, "not_found");
    }
}

/// A token that is not expired, for an account that is no longer there.
fn again_token(app: &tests::TestApp, person: &tests::Person) -> String {
    use entity::login_session::SessionAudience;

    let session = uuid::Uuid::nil();
    app.app.tokens.issue(SessionAudience::Resident, person.id, session, 0, app.now()).unwrap()
}
