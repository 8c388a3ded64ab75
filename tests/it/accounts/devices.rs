//! Where one is logged in, and how one ends it.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, backends};
use uuid::Uuid;

use super::openly;

const SESSIONS: &str = "/api/v1/me/sessions";

async fn sessions(app: &TestApp, who: &Person) -> Vec<Value> {
    app.walk(SESSIONS, Some(who), 1).await
}

async fn end(app: &TestApp, who: &Person, id: &str) -> tests::TestResponse {
    app.delete(&format!("{SESSIONS}/{id}")).by(who).send().await
}

fn current(sessions: &[Value]) -> &Value {
    sessions.iter().find(|session| session["is_current"] == true).unwrap()
}

backends! {
    async fn list_sessions_shows_every_device_and_this_one(app) {
        let phone = app.resident("xiaoming").await;
        app.advance(TimeDelta::minutes(1));
        let page = openly(app, "xiaoming").await;
        app.resident("xiaohong").await;
        let seen = sessions(app, &phone).await;
        let doors: Vec<_> = seen.iter().map(|session| session["door"].clone()).collect();
        assert_eq!(doors, [json!("h5"), json!("mini_program")]);
        assert_eq!(current(&seen)["door"], "mini_program");
        assert_eq!(current(&sessions(app, &page).await)["door"], "h5");
        assert_eq!(seen[1]["created_at"], "2026-11-20T02:00:00Z");
        app.advance(TimeDelta::minutes(5));
        let body = json!({ "refresh_token": phone.refresh_token });
        app.post("/api/v1/auth/refresh").json(body).send().await.expect(200);
        assert_eq!(sessions(app, &page).await[1]["last_used_at"], "2026-11-20T02:06:00Z");
        app.refuses_bad_pages(SESSIONS, Some(&phone)).await;
    }

    async fn end_session_ends_that_device_at_once(app) {
        let (here, there) = (app.resident("xiaoming").await, app.resident("xiaoming").await);
        app.get("/api/v1/me").by(&there).send().await.expect(200);
        let id = current(&sessions(app, &there).await)["id"].as_str().unwrap().to_owned();
        end(app, &here, &id).await.expect(204);
        app.get("/api/v1/me").by(&there).send().await.problem(401, "token_invalid");
        let refresh = json!({ "refresh_token": there.refresh_token });
        app.post("/api/v1/auth/refresh").json(refresh).send().await.problem(401, "refresh_token_invalid");
        end(app, &here, &id).await.problem(404, "not_found");
        assert_eq!(sessions(app, &here).await.len(), 1);
        let why = "SELECT revoked_because FROM login_sessions WHERE revoked_at IS NOT NULL";
        assert_eq!(app.text(why).await.as_deref(), Some("ended_by_owner"));
        // One's own is a log-out.
        let own = current(&sessions(app, &here).await)["id"].as_str().unwrap().to_owned();
        end(app, &here, &own).await.expect(204);
        app.get(SESSIONS).by(&here).send().await.problem(401, "token_invalid");
    }

    async fn end_session_of_a_stranger_is_refused(app) {
        let (own, stranger) = (app.resident("xiaoming").await, app.resident("xiaohong").await);
        let editor = app.staff(Role::Editor, "country").await;
        let foreign = current(&sessions(app, &stranger).await)["id"].as_str().unwrap().to_owned();
        let staff = app.text("SELECT 'x'").await.map(|_| editor.id.to_string()).unwrap();
        for id in [foreign.as_str(), staff.as_str(), &Uuid::nil().to_string(), "7"] {
            end(app, &own, id).await.problem(404, "not_found");
        }
        app.get("/api/v1/me").by(&stranger).send().await.expect(200);
    }

    async fn end_other_sessions_leaves_this_one(app) {
        let others = [app.resident("xiaoming").await, openly(app, "xiaoming").await];
        let here = app.resident("xiaoming").await;
        let stranger = app.resident("xiaohong").await;
        for other in &others {
            app.get("/api/v1/me").by(other).send().await.expect(200);
        }
        let post = || app.delete(SESSIONS).by(&here).send();
        assert_eq!(post().await.expect(200)["ended"], 2);
        assert_eq!(post().await.expect(200)["ended"], 0);
        for other in &others {
            app.get("/api/v1/me").by(other).send().await.problem(401, "token_invalid");
        }
        app.get("/api/v1/me").by(&here).send().await.expect(200);
        app.get("/api/v1/me").by(&stranger).send().await.expect(200);
    }

    async fn list_sessions_forgets_what_has_ended(app) {
        let person = app.resident("xiaoming").await;
        app.advance(TimeDelta::days(30));
        let back = app.resident("xiaoming").await;
        assert_eq!(sessions(app, &back).await.len(), 1);
        app.get(SESSIONS).by(&person).send().await.problem(401, "token_expired");
    }
}
