//! The queue as it is seen from outside: what is retried, what dies, what is pruned.

use chrono::TimeDelta;
use sanjin::app::App;
use sanjin::platform::db::AuditActor;
use sanjin::platform::jobs::{Job, JobError, JobRun, Schedule};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, backends, complaint_body};
use uuid::Uuid;

const DEAD: &str = "/api/v1/staff/dead-jobs";

/// A job of a known kind whose payload its handler cannot read.
#[derive(Debug, Serialize, Deserialize)]
struct Broken {
    notification_id: String,
}

impl Job for Broken {
    const KIND: &'static str = "notification.deliver";

    async fn run(self, _: &App, _: JobRun) -> Result<(), JobError> {
        Ok(())
    }
}

async fn enqueue_broken(app: &TestApp, schedule: Schedule) {
    let mut tx = app.app.begin(AuditActor::System).await.unwrap();
    tx.enqueue(&Broken { notification_id: "x".to_owned() }, schedule).await.unwrap();
    tx.commit().await.unwrap();
}

async fn retry(app: &TestApp, who: &Person, id: &Value) -> tests::TestResponse {
    app.post(&format!("{DEAD}/{}/retry", id.as_str().unwrap())).by(who).send().await
}

backends! {
    async fn retry_job_lets_a_dead_one_run_again(app) {
        app.expect_errors();
        let admin = app.staff(Role::SystemAdmin, "country").await;
        enqueue_broken(app, Schedule::now()).await;
        app.drain_jobs().await;
        let dead = app.walk(DEAD, Some(&admin), 1).await;
        assert_eq!(dead.len(), 1);
        assert_eq!([&dead[0]["kind"], &dead[0]["last_error"]], ["notification.deliver", "internal"]);
        assert_eq!([&dead[0]["attempts"], &dead[0]["payload"]], [&json!(1), &json!({ "notification_id": "x" })]);
        // Dead once more: nothing was mended.
        retry(app, &admin, &dead[0]["id"]).await.expect(204);
        assert!(app.walk(DEAD, Some(&admin), 1).await.is_empty());
        app.drain_jobs().await;
        assert_eq!(app.walk(DEAD, Some(&admin), 1).await.len(), 1);
        let mended = json!({ "notification_id": Uuid::nil() });
        let mended = format!("UPDATE jobs SET payload = '{mended}' WHERE status = 'dead'");
        app.execute(&mended).await;
        retry(app, &admin, &dead[0]["id"]).await.expect(204);
        app.drain_jobs().await;
        assert!(app.walk(DEAD, Some(&admin), 1).await.is_empty());
        retry(app, &admin, &dead[0]["id"]).await.problem(404, "not_found");
        let audited = "SELECT COUNT(*) FROM audit_entries WHERE action = 'job.retry'";
        assert_eq!(app.count(audited).await, 2);
    }

    async fn retry_job_that_is_not_dead_is_refused(app) {
        let admin = app.staff(Role::SystemAdmin, "country").await;
        let later = Schedule::at(app.now() + TimeDelta::hours(1));
        enqueue_broken(app, later).await;
        let mut tx = app.app.begin(AuditActor::System).await.unwrap();
        let id = tx.new_id();
        tx.enqueue(&Broken { notification_id: id.to_string() }, Schedule::now()).await.unwrap();
        drop(tx);
        // The second was rolled back with its transaction.
        assert_eq!(app.count("SELECT COUNT(*) FROM jobs").await, 1);
        for id in [json!(id), json!(Uuid::nil()), json!("7")] {
            retry(app, &admin, &id).await.problem(404, "not_found");
        }
    }

    async fn list_dead_jobs_walks_them_newest_first(app) {
        app.expect_errors();
        app.leave_jobs();
        let admin = app.staff(Role::SystemAdmin, "country").await;
        for _ in 0..3 {
            enqueue_broken(app, Schedule::now()).await;
            app.advance(TimeDelta::seconds(1));
        }
        app.drain_jobs().await;
        for limit in [1, 2, 3] {
            let dead = app.walk(DEAD, Some(&admin), limit).await;
            let times: Vec<&str> = dead.iter().filter_map(|job| job["created_at"].as_str()).collect();
            assert_eq!(times.len(), 3);
            assert!(times.is_sorted_by(|a, b| a >= b));
        }
        app.refuses_bad_pages(DEAD, Some(&admin)).await;
        let auditor = app.staff(Role::Auditor, "country").await;
        app.get(DEAD).by(&auditor).send().await.problem(403, "forbidden");
    }

    async fn enqueue_under_one_key_is_one_job(app) {
        for _ in 0..3 {
            let schedule = Schedule::at(app.now() + TimeDelta::hours(1)).once("a-key");
            enqueue_broken(app, schedule).await;
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM jobs").await, 1);
    }

    async fn drain_of_a_job_whose_worker_died_takes_it_over(app) {
        enqueue_broken(app, Schedule::now()).await;
        let nil = json!({ "notification_id": Uuid::nil() });
        app.execute(&format!("UPDATE jobs SET payload = '{nil}'")).await;
        // What a killed worker leaves behind.
        let until = (app.now() + TimeDelta::seconds(30)).to_rfc3339();
        app.execute(&format!(
            "UPDATE jobs SET status = 'running', attempts = 1, lease_holder = 'gone', lease_until = '{until}'"
        ))
        .await;
        app.drain_jobs().await;
        let running = "SELECT COUNT(*) FROM jobs WHERE status = 'running'";
        assert_eq!(app.count(running).await, 1, "the lease still holds");
        app.advance(TimeDelta::seconds(31));
        app.drain_jobs().await;
        assert_eq!(app.count(running).await, 0);
        let done = "SELECT attempts FROM jobs WHERE kind = 'notification.deliver' AND status = 'done'";
        assert_eq!(app.count(done).await, 2);
    }

    async fn drain_of_a_job_that_kills_its_workers_ends(app) {
        app.leave_jobs();
        enqueue_broken(app, Schedule::now()).await;
        let until = app.now().to_rfc3339();
        app.execute(&format!(
            "UPDATE jobs SET status = 'running', attempts = max_attempts, lease_holder = 'gone', \
             lease_until = '{until}'"
        ))
        .await;
        app.advance(TimeDelta::seconds(1));
        app.drain_jobs().await;
        let died = "SELECT COUNT(*) FROM jobs WHERE status = 'dead' AND last_error = 'worker_died'";
        assert_eq!(app.count(died).await, 1);
    }

    async fn prune_drops_what_is_over_and_nothing_else(app) {
        let person = app.resident("xiaoming").await;
        let post = app.post("/api/v1/complaints").by(&person).json(complaint_body());
        post.header("idempotency-key", "a-key-0001").send().await.expect(201);
        app.drain_jobs().await;
        let counts = async || {
            [
                app.count("SELECT COUNT(*) FROM idempotency_keys").await,
                app.count("SELECT COUNT(*) FROM login_sessions").await,
                app.count("SELECT COUNT(*) FROM refresh_tokens").await,
            ]
        };
        let later = async |by: TimeDelta| {
            app.advance(by);
            app.drain_jobs().await;
            counts().await
        };
        assert_eq!(counts().await, [1, 1, 1]);
        assert_eq!(later(TimeDelta::hours(23)).await, [1, 1, 1]);
        assert_eq!(later(TimeDelta::hours(2)).await, [0, 1, 1]);
        app.resident("xiaohong").await;
        assert_eq!(later(TimeDelta::days(29)).await, [0, 1, 1]);
        assert_eq!(later(TimeDelta::days(2)).await, [0, 0, 0]);
        // Seven days of finished jobs remain: those of this walk that ran within.
        let old = (app.now() - TimeDelta::days(7)).to_rfc3339();
        let old = format!("SELECT COUNT(*) FROM jobs WHERE finished_at < '{old}'");
        assert_eq!(app.count(&old).await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM complaints").await, 1);
    }

    async fn prune_runs_once_an_hour_however_often_the_queue_is_asked(app) {
        let runs = "SELECT COUNT(*) FROM jobs WHERE kind = 'system.prune' AND status = 'done'";
        for (minutes, expected) in [(0, 1), (30, 1), (29, 1), (1, 2), (180, 3)] {
            app.advance(TimeDelta::minutes(minutes));
            app.drain_jobs().await;
            assert_eq!(app.count(runs).await, expected);
        }
    }
}
