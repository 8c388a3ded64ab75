//! Proof of work: what counts as a solution, and who is asked for one.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;
use sanjin::platform::config::ChallengeMode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tests::{Config, TestApp, TestResponse, backends, wide_pool};

const PURPOSE: &str = "login_staff";

fn adaptive(config: &mut Config) {
    always(config);
    config.challenge.mode = ChallengeMode::Adaptive;
    config.challenge.failures = 2;
}

fn always(config: &mut Config) {
    config.challenge.mode = ChallengeMode::Always;
    config.challenge.difficulty = 8;
    // No test here is about the lock of an account.
    config.auth.lockout_attempts = 1_000;
}

async fn challenge(app: &TestApp, purpose: &str) -> Value {
    app.post("/api/v1/challenges").json(json!({ "purpose": purpose })).send().await.expect(201)
}

fn zeros(text: &str) -> u32 {
    Sha256::digest(text)
        .iter()
        .try_fold(0, |sum, byte| match byte {
            0 => Ok(sum + 8),
            _ => Err(sum + byte.leading_zeros()),
        })
        .unwrap_or_else(|sum| sum)
}

/// What a client does, and the first counter that does not do.
fn solve(challenge: &Value) -> (String, String) {
    let id = challenge["id"].as_str().unwrap();
    let difficulty = u32::try_from(challenge["difficulty"].as_u64().unwrap()).unwrap();
    let mut texts = (0_u64..).map(|counter| format!("{id}:{counter}"));
    let wrong = texts.clone().find(|text| zeros(text) < difficulty).unwrap();
    (texts.find(|text| zeros(text) >= difficulty).unwrap(), wrong)
}

async fn login(app: &TestApp, solution: Option<&str>) -> TestResponse {
    let body = json!({ "username": "nobody", "password": "a wrong password" });
    let post = app.post("/api/v1/staff/auth/login").json(body);
    match solution {
        Some(solution) => post.header("challenge-solution", solution).send().await,
        None => post.send().await,
    }
}

backends! {
    async fn login_staff_without_a_solution_is_told_where_to_get_one(app, config => { always(config); }) {
        let refused = login(app, None).await.problem(428, "challenge_required");
        let hint = json!({ "href": "/api/v1/challenges", "purpose": PURPOSE });
        assert_eq!(refused["challenge"], hint);
        let challenge = challenge(app, PURPOSE).await;
        assert_eq!(challenge["algorithm"], "sha256");
        assert_eq!(challenge["expires_at"], "2026-11-20T02:05:00Z");
        login(app, Some(&solve(&challenge).0)).await.problem(401, "credentials_invalid");
    }

    async fn create_challenge_for_nothing_we_know_is_refused(app) {
        let create = |body: Value| app.post("/api/v1/challenges").json(body).send();
        create(json!({ "purpose": "get_me" })).await.invalid("purpose");
        create(json!({})).await.invalid("purpose");
        create(json!({ "purpose": PURPOSE, "difficulty": 1 })).await.invalid("difficulty");
    }

    async fn a_solution_works_once(app, config => { always(config); }) {
        let (solution, _) = solve(&challenge(app, PURPOSE).await);
        login(app, Some(&solution)).await.problem(401, "credentials_invalid");
        login(app, Some(&solution)).await.problem(422, "challenge_invalid");
    }

    async fn a_second_counter_does_not_make_a_second_use(app, config => { always(config); }) {
        let challenge = challenge(app, PURPOSE).await;
        let (first, _) = solve(&challenge);
        let id = challenge["id"].as_str().unwrap();
        let mut others = (0_u64..).map(|n| format!("{id}:{n}")).filter(|t| *t != first);
        let second = others.find(|text| zeros(text) >= 8).unwrap();
        login(app, Some(&first)).await.problem(401, "credentials_invalid");
        login(app, Some(&second)).await.problem(422, "challenge_invalid");
    }

    async fn a_solution_sent_by_many_at_once_works_once(app, config => { always(config); wide_pool(config); }) {
        let (solution, _) = solve(&challenge(app, PURPOSE).await);
        let other = app.replica().await;
        // Without Redis a replica knows only what it has seen.
        let replicas = if app.app.kv.is_shared() { [app, &other] } else { [app, app] };
        let replies = join_all((0..20).map(|n| login(replicas[n % 2], Some(&solution)))).await;
        let passed = replies.iter().filter(|reply| reply.status.as_u16() == 401).count();
        assert_eq!(passed, 1);
        assert!(replies.iter().all(|reply| matches!(reply.status.as_u16(), 401 | 422)));
        other.stop().await;
    }

    async fn a_solution_that_is_not_good_is_refused(app, config => { always(config); }) {
        let good = challenge(app, PURPOSE).await;
        let (solution, wrong) = solve(&good);
        let (elsewhere, _) = solve(&challenge(app, "login_with_wechat").await);
        let id = good["id"].as_str().unwrap();
        // Another challenge under our signature, and ours under another.
        let [forged, signature_off] = [3, 50].map(|at| {
            let mut id: Vec<char> = id.chars().collect();
            id[at] = if id[at] == 'A' { 'B' } else { 'A' };
            json!({ "id": id.into_iter().collect::<String>(), "difficulty": 8 })
        });
        let counter = solution.split(':').nth(1).unwrap();
        for bad in [
            &wrong,
            &elsewhere,
            &solve(&forged).0,
            &solve(&signature_off).0,
            "",
            ":",
            &format!("{id}:"),
            &format!("{id}:0{counter}"),
            &format!("{id}:{counter}x"),
            &format!("{id}::{counter}"),
            &format!("!!!:{counter}"),
            &"x".repeat(161),
        ] {
            login(app, Some(bad)).await.problem(422, "challenge_invalid");
        }
        // None of it used the challenge up.
        login(app, Some(&solution)).await.problem(401, "credentials_invalid");
    }

    async fn a_solution_that_comes_too_late_is_refused(app, config => { always(config); }) {
        let [on_time, late] = [challenge(app, PURPOSE).await, challenge(app, PURPOSE).await];
        app.advance(TimeDelta::seconds(299));
        login(app, Some(&solve(&on_time).0)).await.problem(401, "credentials_invalid");
        app.advance(TimeDelta::seconds(1));
        login(app, Some(&solve(&late).0)).await.problem(422, "challenge_invalid");
    }

    async fn login_staff_asks_an_address_that_failed_often_and_no_other(app, config => {
        adaptive(config);
        config.http.trusted_proxies = vec!["127.0.0.0/8".to_owned()];
    }) {
        let from = |client: &str, solution: Option<String>| {
            let body = json!({ "username": "nobody", "password": "a wrong password" });
            let post = app.post("/api/v1/staff/auth/login").json(body);
            let post = post.header("x-forwarded-for", client);
            match solution {
                Some(solution) => post.header("challenge-solution", &solution).send(),
                None => post.send(),
            }
        };
        for _ in 0..3 {
            from("1.1.1.1", None).await.problem(401, "credentials_invalid");
        }
        from("1.1.1.1", None).await.problem(428, "challenge_required");
        from("2.2.2.2", None).await.problem(401, "credentials_invalid");
        let (solution, _) = solve(&challenge(app, PURPOSE).await);
        from("1.1.1.1", Some(solution)).await.problem(401, "credentials_invalid");
        from("1.1.1.1", None).await.problem(428, "challenge_required");
    }

    async fn login_with_wechat_asks_where_codes_are_made_up(app, config => { adaptive(config); }) {
        let made_up = || {
            let body = json!({ "code": "made-up" });
            app.post("/api/v1/auth/wechat/login").json(body).send()
        };
        // Success says nothing against an address, however often.
        for _ in 0..5 {
            app.resident("xiaoming").await;
        }
        for _ in 0..3 {
            made_up().await.problem(422, "wechat_code_invalid");
        }
        let calls = app.wechat().call_count(wechat::client::paths::CODE_TO_SESSION);
        made_up().await.problem(428, "challenge_required");
        login(app, None).await.problem(428, "challenge_required");
        assert_eq!(app.wechat().call_count(wechat::client::paths::CODE_TO_SESSION), calls);
        let (solution, _) = solve(&challenge(app, "login_with_wechat").await);
        let code = app.wechat().mint_login_code("xiaoming", app.app.wechat.appid()).await.unwrap();
        let post = app.post("/api/v1/auth/wechat/login").json(json!({ "code": code }));
        post.header("challenge-solution", &solution).send().await.expect(200);
    }

    async fn take_class_seat_asks_where_codes_are_guessed(app, config => { adaptive(config); }) {
        let class = app.class(&app.teacher("laoshi").await, 3).await;
        let sit = |code: &str| app.post("/api/v1/auth/class-seat").json(json!({ "class_code": code }));
        for _ in 0..3 {
            sit("ABCDEFGH").send().await.problem(422, "class_code_invalid");
        }
        let refused = sit(&class.code).send().await.problem(428, "challenge_required");
        assert_eq!(refused["challenge"]["purpose"], "take_class_seat");
        let (solution, _) = solve(&challenge(app, "take_class_seat").await);
        sit(&class.code).header("challenge-solution", &solution).send().await.expect(200);
    }

    async fn suspicion_ends_with_time(app, config => {
        adaptive(config);
        (config.challenge.failures, config.challenge.window_secs) = (1, 1);
    }) {
        for _ in 0..2 {
            login(app, None).await.problem(401, "credentials_invalid");
        }
        app.advance(TimeDelta::seconds(2));
        // The process goes by the test's clock, Redis by its own.
        let mut reply = login(app, None).await;
        for _ in 0..150 {
            if reply.status.as_u16() != 428 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            reply = login(app, None).await;
        }
        reply.problem(401, "credentials_invalid");
    }

    async fn nobody_is_asked_when_it_is_off(app, config => { config.auth.lockout_attempts = 1_000; }) {
        for _ in 0..30 {
            login(app, None).await.problem(401, "credentials_invalid");
        }
    }
}
