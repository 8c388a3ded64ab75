//! WeChat's opinion of an account: asked aside, never in the way.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Config, Person, Role, TestApp, backends, complaint_body};
use wechat::client::paths::RISK_RANK;
use wechat::simulator::Fault;

const ADDRESS: &str = "203.0.113.77";

fn asking(config: &mut Config) {
    config.risk.ask_wechat = true;
    config.http.trusted_proxies = vec!["127.0.0.0/8".to_owned()];
}

/// With WeChat's look at texts as well.
fn checking(config: &mut Config) {
    asking(config);
    config.text_review.ask_wechat = true;
    config.text_review.sample_per_mille = 0;
}

/// A log-in from an address of its own.
async fn login(app: &TestApp, name: &str) {
    let code = app.wechat().mint_login_code(name, app.app.wechat.appid()).await.unwrap();
    let post = app.post("/api/v1/auth/wechat/login").json(json!({ "code": code }));
    post.header("x-forwarded-for", ADDRESS).send().await.expect(200);
}

async fn file(app: &TestApp, person: &Person) -> String {
    let post = app.post("/api/v1/complaints").by(person).json(complaint_body());
    let complaint = post.send().await.expect(201);
    complaint["id"].as_str().unwrap().to_owned()
}

async fn signals(app: &TestApp, complaint: &str) -> Value {
    let handler = app.staff(Role::CaseHandler, "country").await;
    let path = format!("/api/v1/staff/complaints/{complaint}");
    let seen = app.get(&path).by(&handler).send().await.expect(200);
    seen["checks"]["risk_signals"].clone()
}

backends! {
    async fn a_registration_asks_and_forgets_the_address(app, config => { asking(config); }) {
        app.wechat().set_risk_rank("xiaoming", 2);
        login(app, "xiaoming").await;
        let sealed = "SELECT COUNT(*) FROM risk_signals WHERE address_cipher IS NOT NULL";
        assert_eq!(app.count(sealed).await, 1);
        assert_eq!(app.tables_with(ADDRESS).await, Vec::<String>::new());
        app.drain_jobs().await;
        let call = app.wechat().calls(RISK_RANK).remove(0);
        assert_eq!((&call.body["scene"], &call.body["client_ip"]), (&json!(0), &json!(ADDRESS)));
        assert_eq!(app.count(sealed).await, 0);
        assert_eq!(app.count("SELECT CAST(rank AS INTEGER) FROM risk_signals WHERE status = 'ranked'").await, 2);
        // Only the first log-in registers.
        login(app, "xiaoming").await;
        app.drain_jobs().await;
        assert_eq!(app.wechat().call_count(RISK_RANK), 1);
        assert!(!app.log_lines().iter().any(|line| line.contains(ADDRESS)));
    }

    async fn the_highest_rank_shuts_nobody_out(app, config => { checking(config); }) {
        app.wechat().set_risk_rank("xiaoming", 4);
        app.resident("xiaoming").await;
        app.drain_jobs().await;
        let person = app.resident("xiaoming").await;
        app.patch("/api/v1/me").by(&person).json(json!({ "audience": "student" })).send().await.expect(200);
        file(app, &person).await;
        app.drain_jobs().await;
    }

    async fn a_medium_rank_has_a_person_read_and_tells_the_handler_what_it_is_worth(app, config => { checking(config); }) {
        for (name, rank, status) in [("low", 2, "passed"), ("medium", 3, "needs_human"), ("high", 4, "needs_human")] {
            app.wechat().set_risk_rank(name, rank);
            let person = app.resident(name).await;
            let complaint = file(app, &person).await;
            app.drain_jobs().await;
            let sql = format!("SELECT status FROM text_reviews WHERE author_id = {}", app.literal(person.id));
            assert_eq!(app.text(&sql).await.as_deref(), Some(status), "{name}");
            let signals = signals(app, &complaint).await;
            assert_eq!(signals.as_array().unwrap().len(), 2, "registration and text");
            for signal in signals.as_array().unwrap() {
                assert_eq!(signal["rank"], rank);
                let explanation = signal["explanation"].as_str().unwrap();
                assert!(explanation.contains("仅供参考"), "{explanation}");
            }
        }
        let reason = "SELECT COUNT(*) FROM text_reviews WHERE reason = 'risky_author'";
        assert_eq!(app.count(reason).await, 2);
    }

    async fn a_rank_counts_also_when_its_own_job_comes_later(app, config => { checking(config); }) {
        app.wechat().set_risk_rank("xiaoming", 3);
        let person = app.resident("xiaoming").await;
        file(app, &person).await;
        // The check of the text is first in the queue.
        app.execute("UPDATE jobs SET run_at = '2026-11-20T02:00:09Z' WHERE kind = 'risk.ask'").await;
        app.drain_jobs().await;
        assert_eq!(app.text("SELECT reason FROM text_reviews").await.as_deref(), Some("risky_author"));
        app.advance(TimeDelta::seconds(10));
        app.drain_jobs().await;
        assert_eq!(app.wechat().call_count(RISK_RANK), 2, "each question once");
    }

    async fn no_answer_is_no_risk(app, config => { checking(config); }) {
        for (n, (errcode, calls)) in
            [(48001, 1), (9_410_009, 1), (61010, 1), (40129, 1), (61080, 3), (61081, 3), (-1, 3)].into_iter().enumerate()
        {
            app.wechat().forget_calls();
            app.wechat().inject(RISK_RANK, Fault::Errcode(errcode), calls);
            app.resident(&format!("resident {n}")).await;
            app.drain_jobs().await;
            for _ in 1..calls {
                app.advance(TimeDelta::seconds(10));
                app.drain_jobs().await;
            }
            assert_eq!(app.wechat().call_count(RISK_RANK), calls as usize, "{errcode}");
            let sql = format!("SELECT COUNT(*) FROM risk_signals WHERE status = 'unknown' AND code = {errcode}");
            assert_eq!(app.count(&sql).await, 1, "{errcode}");
        }
        let left = "SELECT COUNT(*) FROM risk_signals WHERE address_cipher IS NOT NULL";
        assert_eq!(app.count(left).await, 0);
        let metrics = app.get("/metrics").send().await.text();
        assert!(metrics.contains("sanjin_risk_ranks_total{outcome=\"unknown\"} 7"), "{metrics}");
        let person = app.resident("after").await;
        app.wechat().inject(RISK_RANK, Fault::Errcode(61080), 10);
        file(app, &person).await;
        app.drain_jobs().await;
        assert_eq!(app.text("SELECT status FROM text_reviews").await.as_deref(), Some("passed"));
        app.wechat().clear_faults();
        app.advance(TimeDelta::seconds(20));
        app.drain_jobs().await;
    }

    async fn signals_and_addresses_end_with_time(app, config => { asking(config); }) {
        app.leave_jobs();
        app.resident("xiaoming").await;
        app.execute("UPDATE jobs SET status = 'dead' WHERE kind = 'risk.ask'").await;
        app.advance(TimeDelta::hours(2));
        app.drain_jobs().await;
        let lost = "SELECT COUNT(*) FROM risk_signals WHERE status = 'unknown' AND address_cipher IS NULL";
        assert_eq!(app.count(lost).await, 1);
        app.advance(TimeDelta::days(181));
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM risk_signals").await, 0);
    }
}
