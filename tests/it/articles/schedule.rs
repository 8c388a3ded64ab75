//! Publishing and ending by the clock.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestResponse, backends, with};

use super::{Desk, all_week, article_body};

impl Desk<'_> {
    async fn approved(&self) {
        self.submit().await.expect(200);
        self.approve().await.expect(200);
    }

    async fn schedule(&self, minutes: i64) -> TestResponse {
        let at = self.app.now() + TimeDelta::minutes(minutes);
        self.post(&self.publisher, "schedule", json!({ "publish_at": at })).await
    }
}

async fn lag(app: &tests::TestApp) -> i64 {
    let text = app.get("/metrics").send().await.text();
    let line =
        text.lines().find(|line| line.starts_with("sanjin_articles_publication_lag_seconds "));
    line.unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}

backends! {
    async fn schedule_article_publishes_in_time(app, config => { all_week(config); }) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        desk.schedule(10).await.problem(409, "article_not_draft");
        desk.approved().await;
        let scheduled = desk.schedule(10).await.expect(200);
        assert_eq!(scheduled["stage"], "scheduled");
        assert_eq!(scheduled["schedule"]["publish_at"], "2026-11-20T02:10:00Z");
        assert_eq!(scheduled["schedule"]["by"]["id"], json!(desk.publisher.id));
        // A text on the schedule is not changed under the clock.
        desk.edit(article_body("乙")).await.problem(409, "article_not_draft");
        app.advance(TimeDelta::minutes(9));
        app.drain_jobs().await;
        desk.read().await.problem(404, "not_found");
        app.advance(TimeDelta::minutes(1));
        app.drain_jobs().await;
        let article = desk.read().await.expect(200);
        assert_eq!(article["published_at"], "2026-11-20T02:10:00Z");
        let seen = desk.seen().await;
        assert_eq!([&seen["stage"], &seen["schedule"]], [&json!("done"), &Value::Null]);
        let steps = "SELECT COUNT(*) FROM article_steps WHERE step = 'published' AND staff_id IS NOT NULL";
        assert_eq!(app.count(steps).await, 1, "by the right of who scheduled it");
    }

    async fn schedule_article_in_the_past_or_too_soon_is_refused(app, config => { all_week(config); }) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        desk.approved().await;
        for minutes in [-60, 0, 1] {
            let refused = desk.schedule(minutes).await;
            assert_eq!(refused.problem(422, "schedule_too_soon")["errors"][0]["path"], "publish_at");
        }
        desk.schedule(60 * 24 * 367).await.invalid("publish_at");
        for wrong in [json!("morgen"), json!(7), json!(null)] {
            desk.post(&desk.publisher, "schedule", json!({ "publish_at": wrong })).await.invalid("publish_at");
        }
        desk.schedule(2).await.expect(200);
        let moved = desk.schedule(30).await.expect(200);
        assert_eq!(moved["schedule"]["publish_at"], "2026-11-20T02:30:00Z");
        app.advance(TimeDelta::minutes(5));
        app.drain_jobs().await;
        desk.read().await.problem(404, "not_found");
        let cancel = async || desk.act(&desk.publisher, Method::DELETE, "schedule", json!({})).await;
        let cancelled = cancel().await.expect(200);
        assert_eq!([&cancelled["stage"], &cancelled["schedule"]], [&json!("approved"), &Value::Null]);
        cancel().await.problem(409, "article_not_draft");
        app.advance(TimeDelta::minutes(30));
        app.drain_jobs().await;
        desk.read().await.problem(404, "not_found");
    }

    async fn schedule_of_somebody_who_lost_the_right_fails_and_stays_and_stops_no_other(app, config => { all_week(config); }) {
        let (lost, other) = (
            Desk::with_draft(app, article_body("甲")).await,
            Desk::with_draft(app, article_body("乙")).await,
        );
        for desk in [&lost, &other] {
            desk.approved().await;
            desk.schedule(10).await.expect(200);
        }
        app.execute(&format!("DELETE FROM staff_grants WHERE staff_id = {}", app.literal(lost.publisher.id))).await;
        app.advance(TimeDelta::minutes(12));
        assert_eq!(lag(app).await, 120);
        app.drain_jobs().await;
        other.read().await.expect(200);
        lost.read().await.problem(404, "not_found");
        assert_eq!(lag(app).await, 0, "what failed waits for people");
        let seen = lost.seen().await;
        assert_eq!([&seen["stage"], &seen["schedule"]["failed"]], ["scheduled", "forbidden"]);
        assert_eq!(seen["schedule"]["publish_at"], "2026-11-20T02:10:00Z", "the schedule is not wiped");
        let listed = app.walk("/api/v1/staff/articles?stage=scheduled", Some(&lost.editor), 5).await;
        assert_eq!(listed[0]["schedule_failed"], "forbidden");
        let steps = "SELECT COUNT(*) FROM article_steps WHERE step = 'schedule_failed'";
        app.advance(TimeDelta::minutes(5));
        app.drain_jobs().await;
        assert_eq!(app.count(steps).await, 1, "told once");
        // Somebody with the right does it.
        let at = json!({ "publish_at": app.now() + TimeDelta::minutes(5) });
        lost.post(&other.publisher, "schedule", at).await.expect(200);
        app.advance(TimeDelta::minutes(5));
        app.drain_jobs().await;
        lost.read().await.expect(200);
    }

    async fn schedule_beside_what_is_public_corrects_it_in_time(app, config => { all_week(config); }) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        desk.publish().await.expect(200);
        desk.edit(article_body("乙")).await.expect(200);
        desk.approved().await;
        let at = json!({ "publish_at": app.now() + TimeDelta::minutes(10), "note": "题目有误" });
        let scheduled = desk.post(&desk.publisher, "schedule", at).await.expect(200);
        assert_eq!([&scheduled["status"], &scheduled["stage"]], ["published", "scheduled"]);
        assert_eq!([&scheduled["revision"], &scheduled["live_revision"]], [2, 1]);
        assert_eq!(desk.read().await.expect(200)["title"], "甲");
        app.advance(TimeDelta::minutes(10));
        app.drain_jobs().await;
        let article = desk.read().await.expect(200);
        assert_eq!([&article["title"], &article["corrections"][0]["note"]], ["乙", "题目有误"]);
    }

    async fn article_ends_with_its_time_before_others_begin(app, config => { all_week(config); }) {
        let end = |minutes| with(&article_body("甲"), "expire_at", json!(app.now() + TimeDelta::minutes(minutes)));
        let desk = Desk::with_draft(app, end(30)).await;
        desk.approved().await;
        desk.schedule(30).await.invalid("publish_at");
        desk.schedule(10).await.expect(200);
        app.advance(TimeDelta::minutes(10));
        app.drain_jobs().await;
        assert!(desk.is_listed().await);
        app.advance(TimeDelta::minutes(19));
        app.drain_jobs().await;
        desk.read().await.expect(200);
        app.advance(TimeDelta::minutes(1));
        app.drain_jobs().await;
        desk.read().await.problem(410, "article_expired");
        assert!(!desk.is_listed().await);
        assert_eq!(desk.seen().await["status"], "expired");
        // It may be prolonged, by a text of its own.
        desk.submit().await.invalid("expire_at");
        desk.edit(article_body("甲")).await.expect(200);
        desk.publish().await.expect(200);
        desk.read().await.expect(200);
    }

    async fn article_that_would_be_over_before_it_begins_is_marked(app, config => { all_week(config); }) {
        let desk = Desk::with_draft(app, with(&article_body("甲"), "expire_at", json!(app.now() + TimeDelta::minutes(20)))).await;
        desk.approved().await;
        desk.schedule(10).await.expect(200);
        app.advance(TimeDelta::minutes(25));
        app.drain_jobs().await;
        assert_eq!(desk.seen().await["schedule"]["failed"], "article_expired");
        desk.read().await.problem(404, "not_found");
    }

    async fn many_workers_publish_each_text_once(app, config => { tests::wide_pool(config); all_week(config); }) {
        for n in 0..5 {
            let desk = Desk::with_draft(app, article_body(&format!("第{n}篇"))).await;
            desk.approved().await;
            desk.schedule(10).await.expect(200);
        }
        app.advance(TimeDelta::minutes(10));
        let runs = (0..6).map(|_| sanjin::features::articles::service::run_article_schedule(&app.app));
        for run in futures_util::future::join_all(runs).await {
            run.unwrap();
        }
        app.drain_jobs().await;
        assert_eq!(app.walk("/api/v1/articles", None, 10).await.len(), 5);
        assert_eq!(app.count("SELECT COUNT(*) FROM article_steps WHERE step = 'published'").await, 5);
    }
}
