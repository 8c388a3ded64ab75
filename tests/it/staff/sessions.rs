//! Where staff are logged in, and how a session ends by itself or by somebody.

use chrono::TimeDelta;
use sanjin::platform::auth::Subject;
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestResponse, backends};
use uuid::Uuid;

use super::{LOGIN, PASSWORD, audited, login, me, person, refresh, settled};

const SESSIONS: &str = "/api/v1/staff/me/sessions";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) MicroMessenger/8.0.50";

/// Asks as a replica that has not seen this person for a second.
async fn me_afresh(app: &TestApp, who: &Person) -> TestResponse {
    app.app.principals.forget(Subject::Staff(who.id));
    me(app, &json!(who.token)).await
}

async fn li_na(app: &TestApp) -> Person {
    let id = settled(app, "li.na").await;
    person(id, &login(app, "li.na", PASSWORD).await.expect(200))
}

async fn li_na_again(app: &TestApp) -> Person {
    person(Uuid::nil(), &login(app, "li.na", PASSWORD).await.expect(200))
}

fn long_tokens(config: &mut tests::Config) {
    config.auth.access_token_secs = 86_400;
}

backends! {
    async fn list_staff_sessions_tells_devices_apart_and_nothing_more(app) {
        let li_na = li_na(app).await;
        app.staff(Role::Editor, "country").await;
        app.advance(TimeDelta::seconds(1));
        let body = json!({ "username": "li.na", "password": PASSWORD });
        app.post(LOGIN).header("user-agent", IPHONE).json(body).send().await.expect(200);
        let all = app.walk(SESSIONS, Some(&li_na), 1).await;
        let shown: Vec<(&Value, &Value)> =
            all.iter().map(|session| (&session["device"], &session["is_current"])).collect();
        let phone = (&json!("WeChat, iPhone"), &json!(false));
        assert_eq!(shown, [phone, (&json!("unknown"), &json!(true))]);
        assert_eq!(all[0]["network"], "127.0.0.0/24");
        assert_eq!(all[0]["expires_at"], "2026-11-20T14:00:01Z");
        assert_eq!(app.tables_with("127.0.0.1").await, Vec::<String>::new());
        app.refuses_bad_pages(SESSIONS, Some(&li_na)).await;
    }

    async fn end_staff_session_ends_one_of_ones_own(app) {
        let li_na = li_na(app).await;
        let elsewhere = li_na_again(app).await;
        let stranger = app.staff(Role::Editor, "country").await;
        me(app, &json!(elsewhere.token)).await.expect(200);
        let items = app.walk(SESSIONS, Some(&li_na), 100).await;
        let other = items.iter().find(|session| session["is_current"] == false).unwrap();
        let path = format!("{SESSIONS}/{}", other["id"].as_str().unwrap());
        app.delete(&path).by(&stranger).send().await.problem(404, "not_found");
        me(app, &json!(elsewhere.token)).await.expect(200);
        app.delete(&path).by(&li_na).send().await.expect(204);
        app.delete(&path).by(&li_na).send().await.problem(404, "not_found");
        me(app, &json!(elsewhere.token)).await.problem(401, "token_invalid");
        refresh(app, &json!(elsewhere.refresh_token)).await.problem(401, "refresh_token_invalid");
        me(app, &json!(li_na.token)).await.expect(200);
        assert_eq!(app.walk(SESSIONS, Some(&li_na), 100).await.len(), 1);
        assert_eq!(audited(app, "session.end").await, 1);
    }

    async fn end_staff_sessions_ends_all_of_a_member(app) {
        let li_na = li_na(app).await;
        let elsewhere = li_na_again(app).await;
        let admin = app.staff(Role::SystemAdmin, "country").await;
        let end = |id: Uuid| {
            app.delete(&format!("/api/v1/staff/members/{id}/sessions")).by(&admin).send()
        };
        end(admin.id).await.problem(403, "forbidden");
        end(Uuid::nil()).await.problem(404, "not_found");
        end(li_na.id).await.expect(204);
        for who in [&li_na, &elsewhere] {
            me(app, &json!(who.token)).await.problem(401, "token_invalid");
            refresh(app, &json!(who.refresh_token)).await.problem(401, "refresh_token_invalid");
        }
        let ended = "SELECT COUNT(*) FROM login_sessions WHERE revoked_because = 'ended_by_staff'";
        assert_eq!(app.count(ended).await, 2);
        li_na_again(app).await;
        assert_eq!(audited(app, "staff.end_sessions").await, 1);
    }

    async fn a_staff_session_left_alone_for_half_an_hour_is_over(app, config => { long_tokens(config); }) {
        let li_na = li_na(app).await;
        app.advance(TimeDelta::seconds(1_799));
        me_afresh(app, &li_na).await.expect(200);
        app.advance(TimeDelta::seconds(1_799));
        me_afresh(app, &li_na).await.expect(200);
        app.advance(TimeDelta::seconds(1_800));
        me_afresh(app, &li_na).await.problem(401, "session_idle");
        me_afresh(app, &li_na).await.problem(401, "session_idle");
        refresh(app, &json!(li_na.refresh_token)).await.problem(401, "refresh_token_invalid");
        let ended = "SELECT COUNT(*) FROM login_sessions WHERE revoked_because = 'idle'";
        assert_eq!(app.count(ended).await, 1);
        assert_eq!(audited(app, "session.end").await, 1);
    }

    async fn a_refresh_is_no_use_of_a_staff_session(app) {
        let li_na = li_na(app).await;
        app.advance(TimeDelta::seconds(1_000));
        let pair = refresh(app, &json!(li_na.refresh_token)).await.expect(200);
        app.advance(TimeDelta::seconds(799));
        let pair = refresh(app, &pair["refresh_token"]).await.expect(200);
        app.advance(TimeDelta::seconds(1));
        refresh(app, &pair["refresh_token"]).await.problem(401, "session_idle");
        me_afresh(app, &person(li_na.id, &pair)).await.problem(401, "session_idle");
        // Residents may put the phone away.
        let resident = app.resident("xiaoming").await;
        app.advance(TimeDelta::days(20));
        let body = json!({ "refresh_token": resident.refresh_token });
        app.post("/api/v1/auth/refresh").json(body).send().await.expect(200);
    }

    async fn a_staff_session_in_use_is_over_after_twelve_hours(app, config => { long_tokens(config); }) {
        let mut li_na = li_na(app).await;
        for _ in 0..47 {
            app.advance(TimeDelta::seconds(900));
            me_afresh(app, &li_na).await.expect(200);
            let pair = refresh(app, &json!(li_na.refresh_token)).await.expect(200);
            li_na = person(li_na.id, &pair);
        }
        app.advance(TimeDelta::seconds(900));
        me_afresh(app, &li_na).await.problem(401, "token_invalid");
        refresh(app, &json!(li_na.refresh_token)).await.problem(401, "refresh_token_invalid");
    }

    async fn use_of_a_staff_session_is_written_once_a_minute(app, config => { long_tokens(config); }) {
        let li_na = li_na(app).await;
        let seen = async || {
            let page = app.get(SESSIONS).by(&li_na).send().await.expect(200);
            page["items"][0]["last_seen_at"].as_str().unwrap().to_owned()
        };
        app.advance(TimeDelta::seconds(59));
        me_afresh(app, &li_na).await.expect(200);
        assert_eq!(seen().await, "2026-11-20T02:00:00Z");
        app.advance(TimeDelta::seconds(1));
        me_afresh(app, &li_na).await.expect(200);
        assert_eq!(seen().await, "2026-11-20T02:01:00Z");
    }
}
