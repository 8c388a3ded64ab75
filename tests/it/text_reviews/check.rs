//! WeChat's look: every answer, and none at all.

use std::time::Duration;

use chrono::TimeDelta;
use sanjin::features;
use sanjin::platform::jobs::Worker;
use serde_json::json;
use tests::{Config, TestApp, backends};
use wechat::client::mini::{Label, Suggest};
use wechat::client::paths::{CHECK_TEXT, STABLE_TOKEN};
use wechat::simulator::Fault;

use super::{
    FACTS, a_little_later, asking, checks, claim, decide, filed, first, is, pass, reviewer, state,
};

fn contents(app: &TestApp) -> Vec<String> {
    let calls = app.wechat().calls(CHECK_TEXT);
    calls.iter().map(|call| call.body["content"].as_str().unwrap().to_owned()).collect()
}

/// A word of the local list.
fn with_lexicon(config: &mut Config) {
    let file = std::path::Path::new(&config.storage.root).with_file_name("words.txt");
    std::fs::write(&file, "# 词表\n断 裂\n").unwrap();
    config.text_review.lexicon = file.display().to_string();
}

backends! {
    async fn a_text_that_wechat_passes_may_be_published(app, config => { asking(config); }) {
        let person = app.resident("xiaoming").await;
        let id = filed(app, &person, FACTS).await;
        assert_eq!(state(app).await, is("pending", ""));
        assert_eq!(checks(app, &id).await["text_review"], "pending");
        app.drain_jobs().await;
        assert_eq!(state(app).await, is("passed", ""));
        assert_eq!(contents(app), [FACTS]);
        let call = app.wechat().calls(CHECK_TEXT).remove(0);
        assert_eq!((&call.body["version"], &call.body["scene"]), (&json!(2), &json!(2)));
        let appid = app.app.wechat.appid();
        assert_eq!(call.body["openid"], app.wechat().openid("xiaoming", appid).as_str());
        assert!(app.text("SELECT trace_id FROM text_reviews").await.is_some());
        // The complainant did not agree to publication.
        let seen = checks(app, &id).await;
        assert_eq!((&seen["text_review"], &seen["may_be_published"]), (&json!("passed"), &json!(false)));
        app.execute("UPDATE complaints SET is_publishable = TRUE").await;
        assert_eq!(checks(app, &id).await["may_be_published"], true);
        // Another text is not the one that passed.
        app.execute("UPDATE complaints SET facts = '改过的另一份事实'").await;
        let seen = checks(app, &id).await;
        assert_eq!((&seen["text_review"], &seen["may_be_published"]), (&json!(null), &json!(false)));
        let own = app.get(&format!("/api/v1/complaints/{id}")).by(&person).send().await.expect(200);
        assert!(own.get("checks").is_none(), "for the handler");
    }

    async fn a_text_that_wechat_doubts_waits_for_a_person(app, config => { asking(config); }) {
        app.wechat().text_rule("退货", Suggest::Review, Label::Advertising);
        let id = filed(app, &app.resident("xiaoming").await, FACTS).await;
        app.drain_jobs().await;
        assert_eq!(state(app).await, is("needs_human", "wechat_review"));
        assert_eq!(app.count("SELECT label FROM text_reviews").await, 10001);
        let seen = checks(app, &id).await;
        assert_eq!(seen["text_review_reason"], "wechat_review");
    }

    async fn a_text_that_wechat_calls_a_violation_is_rejected_and_waits_to_be_confirmed(app, config => { asking(config); }) {
        app.wechat().text_rule("退货", Suggest::Risky, Label::Crime);
        filed(app, &app.resident("xiaoming").await, FACTS).await;
        app.drain_jobs().await;
        assert_eq!(state(app).await, is("rejected", "wechat_risky"));
        assert_eq!(app.count("SELECT label FROM text_reviews").await, 20006);
        let waiting = "SELECT COUNT(*) FROM text_reviews WHERE queued_at IS NOT NULL";
        assert_eq!(app.count(waiting).await, 1);
    }

    async fn every_answer_without_a_verdict_ends_with_a_person(app, config => {
        asking(config);
        config.wechat.request_timeout_ms = 400;
    }) {
        let person = app.resident("xiaoming").await;
        for (fault, reason) in [
            (Fault::Errcode(61010), "author_inactive"),
            (Fault::Errcode(87014), "wechat_risky"),
            (Fault::Errcode(40129), "wechat_refused"),
            (Fault::Errcode(43104), "wechat_refused"),
            (Fault::Errcode(47001), "wechat_refused"),
            (Fault::Errcode(1_234_567), "wechat_refused"),
            (Fault::Status(404), "wechat_refused"),
        ] {
            app.wechat().inject(CHECK_TEXT, fault, 1);
            filed(app, &person, FACTS).await;
            app.drain_jobs().await;
            let status = if reason == "wechat_risky" { "rejected" } else { "needs_human" };
            assert_eq!(state(app).await, is(status, reason), "{fault:?}");
            app.execute("DELETE FROM text_reviews").await;
        }
    }

    async fn every_passing_trouble_is_waited_out(app, config => {
        asking(config);
        config.wechat.request_timeout_ms = 400;
    }) {
        for (n, fault) in [
            Fault::Errcode(-1),
            Fault::Errcode(44991),
            Fault::Errcode(45009),
            Fault::Errcode(87020),
            Fault::Status(502),
            Fault::Truncated,
            Fault::Closed,
            Fault::Latency(Duration::from_secs(1)),
        ].into_iter().enumerate() {
            let person = app.resident(&format!("resident {n}")).await;
            app.wechat().inject(CHECK_TEXT, fault, 1);
            filed(app, &person, FACTS).await;
            app.drain_jobs().await;
            assert_eq!(state(app).await, is("pending", ""), "{fault:?}");
            app.advance(TimeDelta::seconds(5));
            app.drain_jobs().await;
            assert_eq!(state(app).await, is("passed", ""), "{fault:?}");
            app.execute("DELETE FROM text_reviews").await;
        }
    }

    async fn a_wechat_that_never_answers_leaves_it_to_a_person(app, config => { asking(config); }) {
        app.wechat().inject(CHECK_TEXT, Fault::Errcode(-1), 100);
        filed(app, &app.resident("xiaoming").await, FACTS).await;
        app.drain_jobs().await;
        for _ in 1..8 {
            assert_eq!(state(app).await, is("pending", ""));
            a_little_later(app).await;
        }
        assert_eq!(state(app).await, is("needs_human", "wechat_unavailable"));
        assert_eq!(app.wechat().call_count(CHECK_TEXT), 8);
        assert_eq!(app.count("SELECT COUNT(*) FROM jobs WHERE status = 'dead'").await, 0);
    }

    async fn an_author_who_left_long_ago_is_not_asked_about(app, config => { asking(config); }) {
        filed(app, &app.resident("xiaoming").await, FACTS).await;
        app.advance(TimeDelta::hours(2));
        app.drain_jobs().await;
        assert_eq!(app.wechat().call_count(CHECK_TEXT), 0);
        assert_eq!(state(app).await.0, "needs_human");
    }

    async fn an_author_whom_wechat_does_not_know_is_not_asked_about(app, config => { asking(config); }) {
        let person = app.residents(1).await.remove(0);
        filed(app, &person, FACTS).await;
        app.drain_jobs().await;
        assert_eq!(state(app).await, is("needs_human", "author_unknown"));
        assert_eq!(app.wechat().call_count(CHECK_TEXT), 0);
    }

    async fn a_word_of_the_local_list_rejects_what_nobody_can_be_asked_about(app, config => {
        asking(config);
        with_lexicon(config);
    }) {
        let person = app.residents(1).await.remove(0);
        filed(app, &person, "商家拒绝退货，卡扣断——裂了。").await;
        app.drain_jobs().await;
        assert_eq!(state(app).await, is("rejected", "lexicon"));
        app.execute("DELETE FROM text_reviews").await;
        // What WeChat passes is not held up by a list of words.
        filed(app, &app.resident("xiaoming").await, FACTS).await;
        app.drain_jobs().await;
        assert_eq!(state(app).await, is("passed", ""));
    }

    async fn a_draw_sends_texts_that_passed_to_a_person(app, config => {
        asking(config);
        config.text_review.sample_per_mille = 1_000;
    }) {
        filed(app, &app.resident("xiaoming").await, FACTS).await;
        app.drain_jobs().await;
        assert_eq!(state(app).await, is("needs_human", "sampled"));
    }

    async fn a_setting_without_wechat_sends_every_text_to_a_person(app) {
        filed(app, &app.resident("xiaoming").await, FACTS).await;
        app.drain_jobs().await;
        let asked = "SELECT COUNT(*) FROM jobs WHERE kind IN ('text_review.check', 'risk.ask')";
        assert_eq!(app.count(asked).await, 0);
        assert_eq!(state(app).await, is("needs_human", "not_asked"));
        assert_eq!(app.wechat().call_count(CHECK_TEXT), 0);
    }

    async fn a_long_text_is_asked_about_in_pieces_that_leave_nothing_out(app, config => { asking(config); }) {
        let phrase = "加微信👩‍👩‍👧领奖";
        app.wechat().text_rule(phrase, Suggest::Risky, Label::Advertising);
        // Across the first cut, and 4,000 characters in all.
        let facts = format!("{}{phrase}", "质".repeat(495));
        let facts = format!("{facts}{}", "𠮷".repeat(4_000 - facts.chars().count()));
        filed(app, &app.resident("xiaoming").await, &facts).await;
        app.drain_jobs().await;
        assert_eq!(state(app).await, is("rejected", "wechat_risky"));
        let asked = contents(app);
        assert_eq!(asked.len(), 2, "the second piece decides");
        assert!(asked.iter().all(|piece| piece.chars().count() <= 500));
        app.execute("DELETE FROM text_reviews").await;
        app.wechat().forget_calls();
        filed(app, &app.resident("xiaohong").await, &"险".repeat(4_000)).await;
        app.drain_jobs().await;
        assert_eq!(contents(app).len(), 9);
        assert_eq!(state(app).await, is("passed", ""));
    }

    async fn a_trouble_in_a_later_piece_passes_nothing(app, config => { asking(config); }) {
        let person = app.resident("xiaoming").await;
        app.wechat().text_rule("末", Suggest::Review, Label::Politics);
        app.wechat().inject(CHECK_TEXT, Fault::Latency(Duration::ZERO), 2);
        app.wechat().inject(CHECK_TEXT, Fault::Errcode(-1), 1);
        filed(app, &person, &format!("{}末", "质".repeat(1_300))).await;
        app.drain_jobs().await;
        assert_eq!(state(app).await, is("pending", ""));
        app.advance(TimeDelta::seconds(5));
        app.drain_jobs().await;
        assert_eq!(state(app).await, is("needs_human", "wechat_review"));
    }

    async fn a_worker_that_dies_in_the_middle_passes_nothing(app, config => {
        asking(config);
        config.wechat.request_timeout_ms = 60_000;
    }) {
        let id = filed(app, &app.resident("xiaoming").await, FACTS).await;
        app.wechat().inject(CHECK_TEXT, Fault::Latency(Duration::from_secs(20)), 1);
        let worker = Worker::new(app.app.clone(), features::jobs());
        let dying = tokio::time::timeout(Duration::from_secs(3), worker.drain()).await;
        assert!(dying.is_err(), "it hangs on WeChat's answer");
        assert_eq!(state(app).await, is("pending", ""));
        assert_eq!(checks(app, &id).await["may_be_published"], false);
        app.wechat().clear_faults();
        app.advance(TimeDelta::seconds(31));
        app.drain_jobs().await;
        assert_eq!(state(app).await, is("passed", ""));
        let attempts = "SELECT attempts FROM jobs WHERE kind = 'text_review.check'";
        assert_eq!(app.count(attempts).await, 2);
    }

    async fn a_check_that_gets_lost_is_handed_to_a_person(app, config => { asking(config); }) {
        app.leave_jobs();
        filed(app, &app.resident("xiaoming").await, FACTS).await;
        let lost = "UPDATE jobs SET status = 'dead' WHERE kind = 'text_review.check'";
        app.execute(lost).await;
        app.drain_jobs().await;
        assert_eq!(state(app).await, is("pending", ""));
        app.advance(TimeDelta::hours(1));
        app.drain_jobs().await;
        assert_eq!(state(app).await, is("needs_human", "overdue"));
    }

    async fn a_text_that_is_gone_needs_no_review(app, config => { asking(config); }) {
        filed(app, &app.resident("xiaoming").await, FACTS).await;
        app.execute("DELETE FROM complaint_events").await;
        app.execute("DELETE FROM complaints").await;
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM text_reviews").await, 0);
    }

    async fn a_text_under_review_stands_in_no_log_job_or_audit_row(app, config => { asking(config); }) {
        const SECRET: &str = "我家住在幸福里七号楼的秘密";
        app.wechat().text_rule("秘密", Suggest::Review, Label::Other(21000));
        let person = app.resident("xiaoming").await;
        filed(app, &person, SECRET).await;
        app.wechat().inject(CHECK_TEXT, Fault::Truncated, 1);
        app.drain_jobs().await;
        app.advance(TimeDelta::seconds(5));
        app.drain_jobs().await;
        let reviewer = reviewer(app).await;
        let id = first(app, &reviewer).await;
        assert_eq!(claim(app, &reviewer, &id).await.expect(200)["text"], SECRET);
        decide(app, &reviewer, &id, pass()).await.expect(200);
        assert_eq!(app.tables_with(SECRET).await, ["complaints"]);
        let openid = app.wechat().openid("xiaoming", app.app.wechat.appid());
        let lines = app.log_lines();
        assert!(lines.iter().any(|line| line.contains("text checked")));
        for secret in [SECRET, openid.as_str()] {
            assert!(!lines.iter().any(|line| line.contains(secret)), "{secret} in the log");
        }
        assert!(app.wechat().call_count(STABLE_TOKEN) > 0);
    }
}
