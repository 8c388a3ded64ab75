//! Recovery codes: each instead of the authenticator, each once.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{TestApp, TestResponse, backends, wide_pool};

use super::{Enrolled, OWN_FACTOR, PASSWORD, audited, me, pass, ticket, wrong_code};

async fn renew(app: &TestApp, li_na: &Enrolled, code: &str) -> TestResponse {
    let post = app.post(&format!("{OWN_FACTOR}/recovery-codes")).by(&li_na.who);
    post.json(json!({ "password": PASSWORD, "code": code })).send().await
}

async fn left(app: &TestApp, li_na: &Enrolled) -> Value {
    me(app, &json!(li_na.who.token)).await.expect(200)["recovery_codes_left"].clone()
}

backends! {
    async fn a_recovery_code_stands_in_for_the_authenticator_once(app) {
        let li_na = Enrolled::of(app, "li.na").await;
        let first = &li_na.recovery_codes[0];
        let attempt = async |code: &str| pass(app, &ticket(app, "li.na").await, code).await;
        attempt(first).await.expect(200);
        attempt(first).await.problem(422, "second_factor_code_invalid");
        // As people copy it from paper.
        attempt(&li_na.recovery_codes[1].replace('-', " ").to_lowercase()).await.expect(200);
        assert_eq!(left(app, &li_na).await, 8);
        assert_eq!(audited(app, "staff.use_recovery_code").await, 2);
        // Another member's code is worth nothing.
        let other = Enrolled::of(app, "wang.wei").await;
        attempt(&other.recovery_codes[0]).await.problem(422, "second_factor_code_invalid");
        assert_eq!(left(app, &other).await, 10);
    }

    async fn renew_recovery_codes_voids_those_of_before(app) {
        let li_na = Enrolled::of(app, "li.na").await;
        app.advance(TimeDelta::seconds(30));
        renew(app, &li_na, &wrong_code(app, &li_na.totp)).await.problem(422, "second_factor_code_invalid");
        let reply = renew(app, &li_na, &li_na.recovery_codes[3]).await.expect(201);
        let new = reply["recovery_codes"].as_array().unwrap();
        assert_eq!(new.len(), 10);
        assert_eq!(left(app, &li_na).await, 10);
        let ticket = ticket(app, "li.na").await;
        pass(app, &ticket, &li_na.recovery_codes[0]).await.problem(422, "second_factor_code_invalid");
        pass(app, &ticket, new[0].as_str().unwrap()).await.expect(200);
        assert_eq!(audited(app, "staff.renew_recovery_codes").await, 1);
    }

    async fn one_recovery_code_in_twenty_logins_at_once_opens_one_session(app, config => {
        wide_pool(config);
        config.auth.lockout_attempts = 100;
    }) {
        let li_na = Enrolled::of(app, "li.na").await;
        let mut tickets = Vec::new();
        for _ in 0..20 {
            tickets.push(ticket(app, "li.na").await);
        }
        let code = &li_na.recovery_codes[0];
        let replies = join_all(tickets.iter().map(|ticket| pass(app, ticket, code))).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
        for reply in replies.iter().filter(|reply| reply.status != 200) {
            reply.problem(422, "second_factor_code_invalid");
        }
        assert_eq!(left(app, &li_na).await, 9);
    }
}
