//! Guesses at passwords: counted exactly, by name and by address, and answered alike for every name.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::Value;
use tests::{TestApp, TestResponse, backends, wide_pool};

use super::{PASSWORD, administrator_and_member, audited, login, settled};

/// Many guesses at the same moment; how many were looked at.
async fn looked_at(app: &TestApp, username: &str, guesses: usize) -> usize {
    let guesses = (0..guesses).map(|_| login(app, username, "a wrong guess"));
    let mut looked_at = 0;
    for reply in join_all(guesses).await {
        if reply.status == 429 {
            reply.problem(429, "account_locked");
        } else {
            reply.problem(401, "credentials_invalid");
            looked_at += 1;
        }
    }
    looked_at
}

/// All that a client sees of a refusal.
fn seen(reply: &TestResponse) -> (u16, Value, Option<String>) {
    let mut problem = reply.json();
    problem["request_id"].take();
    let wait = reply.headers.get("retry-after").map(|wait| wait.to_str().unwrap().to_owned());
    (reply.status.as_u16(), problem, wait)
}

backends! {
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
        assert_eq!(audited(app, "staff.locked_out").await, 1);
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

    async fn login_staff_whose_guesses_were_broken_off_is_not_locked_for_ever(app) {
        administrator_and_member(app).await;
        // The client hung up while its password was looked at: five spent attempts, no lock.
        app.execute("UPDATE staff_members SET failed_logins = 5").await;
        login(app, "wang.wei", PASSWORD).await.problem(429, "account_locked");
        app.advance(TimeDelta::seconds(901));
        login(app, "wang.wei", PASSWORD).await.expect(200);
    }

    async fn login_staff_treats_a_name_nobody_has_like_any_other(app) {
        settled(app, "li.na").await;
        let mut stories = Vec::new();
        for username in ["li.na", "nobody", "\u{202e}无此人"] {
            let mut story = Vec::new();
            for pause in [0, 0, 0, 0, 0, 1, 898, 1, 0, 0, 0, 0, 0] {
                app.advance(TimeDelta::seconds(pause));
                story.push(seen(&login(app, username, "a wrong guess").await));
            }
            stories.push(story);
        }
        assert_eq!(stories[0].iter().filter(|(status, ..)| *status == 429).count(), 3);
        assert_eq!(stories[0], stories[1]);
        assert_eq!(stories[0], stories[2]);
        // The trail tells them apart, and holds no name that somebody may have typed by mistake.
        assert_eq!(audited(app, "staff.locked_out").await, 6);
        assert_eq!(app.tables_with("nobody").await, Vec::<String>::new());
    }

    async fn login_staff_with_twenty_guesses_at_once_looks_at_exactly_five(app, config => {
        wide_pool(config);
    }) {
        settled(app, "li.na").await;
        for username in ["li.na", "nobody"] {
            assert_eq!(looked_at(app, username, 20).await, 5, "{username}");
        }
        assert_eq!(audited(app, "staff.locked_out").await, 2);
        app.advance(TimeDelta::seconds(900));
        for username in ["li.na", "nobody"] {
            assert_eq!(looked_at(app, username, 12).await, 5, "{username}");
        }
    }

    async fn login_staff_with_the_right_password_among_guesses_is_one_of_five(app, config => {
        wide_pool(config);
    }) {
        settled(app, "li.na").await;
        let guesses = (0..20).map(|n| login(app, "li.na", if n % 4 == 3 { PASSWORD } else { "guess" }));
        for reply in join_all(guesses).await {
            match reply.status.as_u16() {
                200 => {}
                401 => { reply.problem(401, "credentials_invalid"); }
                _ => { reply.problem(429, "account_locked"); }
            }
        }
        app.advance(TimeDelta::seconds(900));
        login(app, "li.na", PASSWORD).await.expect(200);
    }

    async fn failures_of_one_address_are_limited_over_all_names(app, config => {
        config.auth.lockout_address_failures = 4;
    }) {
        settled(app, "li.na").await;
        for _ in 0..10 {
            login(app, "li.na", PASSWORD).await.expect(200);
        }
        for name in ["li.na", "a", "b", "c"] {
            login(app, name, "a wrong guess").await.problem(401, "credentials_invalid");
        }
        let refused = login(app, "li.na", PASSWORD).await;
        refused.problem(429, "rate_limited");
        assert_eq!(refused.header("retry-after"), "900");
        app.advance(TimeDelta::seconds(899));
        login(app, "d", "a wrong guess").await.problem(429, "rate_limited");
        assert_eq!(audited(app, "staff.address_locked_out").await, 1);
        app.advance(TimeDelta::seconds(1));
        login(app, "li.na", PASSWORD).await.expect(200);
    }

    async fn failures_of_one_address_are_counted_exactly_when_they_come_at_once(app, config => {
        wide_pool(config);
        config.auth.lockout_address_failures = 7;
    }) {
        let names: Vec<String> = (0..30).map(|n| format!("name{n}")).collect();
        let replies = join_all(names.iter().map(|name| login(app, name, "a wrong guess"))).await;
        let looked_at = replies.iter().filter(|reply| reply.status == 401).count();
        assert_eq!(looked_at, 7);
        assert_eq!(audited(app, "staff.address_locked_out").await, 1);
    }

    async fn guesses_are_forgotten_after_a_day_at_every_name_alike(app) {
        settled(app, "li.na").await;
        for username in ["li.na", "nobody"] {
            for _ in 0..4 {
                login(app, username, "a wrong guess").await.problem(401, "credentials_invalid");
            }
        }
        app.advance(TimeDelta::hours(23));
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT failed_logins FROM staff_members").await, 4);
        assert_eq!(app.count("SELECT failed_logins FROM staff_unknown_logins").await, 4);
        app.advance(TimeDelta::hours(2));
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT failed_logins FROM staff_members").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM staff_unknown_logins").await, 0);
        for username in ["li.na", "nobody"] {
            assert_eq!(looked_at(app, username, 6).await, 5);
        }
    }
}
