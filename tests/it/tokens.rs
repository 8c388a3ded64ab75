//! Access tokens that must open nothing, on an operation of each audience.

use std::sync::Arc;

use chrono::TimeDelta;
use entity::login_session::SessionAudience;
use futures_util::future::join_all;
use sanjin::platform::auth::TokenKeys;
use sanjin::platform::config::{Key, Secret};
use serde_json::json;
use tests::{Person, Role, TestApp, TestResponse, backends, wide_pool};
use tokio::sync::Barrier;
use uuid::Uuid;

/// `{"alg":"none","typ":"JWT","kid":"sandbox"}`
const NO_ALGORITHM: &str = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIiwia2lkIjoic2FuZGJveCJ9";

/// One of each audience, and where each belongs.
async fn people(app: &TestApp) -> [(SessionAudience, &'static str, Person); 2] {
    let resident = app.resident("xiaoming").await;
    let editor = app.staff(Role::Editor, "country").await;
    [
        (SessionAudience::Resident, "/api/v1/me", resident),
        (SessionAudience::Staff, "/api/v1/staff/me", editor),
    ]
}

async fn ask(app: &TestApp, path: &str, token: &str) -> TestResponse {
    app.get(path).bearer(token).send().await
}

fn session_of(app: &TestApp, who: &Person) -> Uuid {
    let claims = app.app.tokens.verify(&who.token, app.now()).unwrap();
    assert_eq!(claims.sub, who.id);
    claims.sid
}

/// Our settings with another key under the same name.
fn forger(app: &TestApp) -> Arc<TokenKeys> {
    let mut auth = app.app.config.auth.clone();
    let secret = Secret::new("somebody else's key of thirty-two bytes");
    auth.token_keys = vec![Key { id: auth.token_keys[0].id.clone(), secret }];
    Arc::new(TokenKeys::new(&auth))
}

backends! {
    async fn a_token_without_a_signature_is_refused(app) {
        for (_, path, who) in people(app).await {
            ask(app, path, &who.token).await.expect(200);
            let [head, claims, signature] = who.token.split('.').collect::<Vec<_>>()[..] else {
                panic!("a token has three parts")
            };
            for forged in [
                format!("{NO_ALGORITHM}.{claims}."),
                format!("{NO_ALGORITHM}.{claims}.{signature}"),
                format!("{NO_ALGORITHM}.{claims}"),
                format!("{head}.{claims}."),
                format!("{head}.{claims}.{}", signature.chars().rev().collect::<String>()),
            ] {
                ask(app, path, &forged).await.problem(401, "token_invalid");
            }
        }
    }

    async fn a_token_of_another_key_is_refused(app) {
        let forger = forger(app);
        for (audience, path, who) in people(app).await {
            let session = session_of(app, &who);
            let forged = forger.issue(audience, who.id, session, 0, app.now()).unwrap();
            ask(app, path, &forged).await.problem(401, "token_invalid");
            // Only the key was wrong.
            let ours = app.app.tokens.issue(audience, who.id, session, 0, app.now()).unwrap();
            ask(app, path, &ours).await.expect(200);
        }
    }

    async fn a_token_of_the_other_audience_is_refused(app) {
        let people = people(app).await;
        for (n, (audience, path, who)) in people.iter().enumerate() {
            let (other_audience, other_path, _) = &people[1 - n];
            ask(app, other_path, &who.token).await.problem(401, "token_invalid");
            // Nor does it help to have a token of that audience signed for somebody it does not have.
            let session = session_of(app, who);
            let crossed = app.app.tokens.issue(*other_audience, who.id, session, 0, app.now()).unwrap();
            ask(app, other_path, &crossed).await.problem(401, "token_invalid");
            ask(app, path, &crossed).await.problem(401, "token_invalid");
            assert_ne!(audience, other_audience);
        }
    }

    async fn a_token_whose_time_is_over_is_refused(app) {
        for (audience, path, who) in people(app).await {
            let session = session_of(app, &who);
            let lifetime = TimeDelta::seconds(app.app.tokens.lifetime_secs());
            let issue = |at| app.app.tokens.issue(audience, who.id, session, 0, at).unwrap();
            ask(app, path, &issue(app.now() - lifetime)).await.problem(401, "token_expired");
            ask(app, path, &issue(app.now() - lifetime + TimeDelta::seconds(1))).await.expect(200);
        }
    }

    async fn a_token_from_before_a_revocation_is_refused(app) {
        for (audience, path, who) in people(app).await {
            let session = session_of(app, &who);
            ask(app, path, &who.token).await.expect(200);
            let table = match audience {
                SessionAudience::Resident => "accounts",
                SessionAudience::Staff => "staff_members",
            };
            app.execute(&format!("UPDATE {table} SET epoch = epoch + 1")).await;
            app.app.principals.forget_session(session).await;
            ask(app, path, &who.token).await.problem(401, "token_invalid");
            let later = app.app.tokens.issue(audience, who.id, session, 2, app.now()).unwrap();
            ask(app, path, &later).await.problem(401, "token_invalid");
            let now = app.app.tokens.issue(audience, who.id, session, 1, app.now()).unwrap();
            ask(app, path, &now).await.expect(200);
        }
    }

    async fn a_token_of_a_session_that_is_not_ones_own_opens_nothing_more(app) {
        let [(audience, path, xiaoming), _] = people(app).await;
        let session = session_of(app, &xiaoming);
        let nobodys = app.app.tokens.issue(audience, xiaoming.id, Uuid::nil(), 0, app.now()).unwrap();
        ask(app, path, &nobodys).await.problem(401, "token_invalid");
        let nobody = app.app.tokens.issue(audience, Uuid::nil(), session, 0, app.now()).unwrap();
        ask(app, path, &nobody).await.problem(401, "token_invalid");
        let refresh = json!({ "refresh_token": nobody.chars().take(43).collect::<String>() });
        app.post("/api/v1/auth/refresh").json(refresh).send().await.problem(401, "refresh_token_invalid");
    }

    async fn of_many_who_come_at_once_each_is_known_as_themselves(app, config => { wide_pool(config); }) {
        let people = app.residents(60).await;
        let is_ended = |n: usize| n.is_multiple_of(3);
        for (_, person) in people.iter().enumerate().filter(|(n, _)| is_ended(*n)) {
            let id = app.literal(session_of(app, person));
            let end = "UPDATE login_sessions SET revoked_at = '2026-11-20 01:00:00+00:00', revoked_because = 'logout'";
            app.execute(&format!("{end} WHERE id = {id}")).await;
        }
        let barrier = Barrier::new(people.len());
        let asks = people.iter().map(async |person| {
            barrier.wait().await;
            ask(app, "/api/v1/me", &person.token).await
        });
        for (n, reply) in join_all(asks).await.into_iter().enumerate() {
            if is_ended(n) {
                reply.problem(401, "token_invalid");
            } else {
                assert_eq!(reply.expect(200)["id"], people[n].id.to_string());
            }
        }
    }
}
