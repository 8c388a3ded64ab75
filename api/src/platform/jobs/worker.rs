//! The loop that claims, runs and settles jobs.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::job::Model;
use futures_util::FutureExt as _;
use sea_orm::DbErr;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::queue::{self, Ending};
use super::{JobError, JobRun, Registry};
use crate::app::App;
use crate::platform::db::AuditActor;
use crate::platform::http::{AppError, AppResult};

/// No job of ours takes this long; one that does has lost its way.
const LONGEST_RUN: Duration = Duration::from_secs(300);
const FIRST_RETRY: TimeDelta = TimeDelta::seconds(5);
const LONGEST_RETRY: TimeDelta = TimeDelta::hours(1);
/// Finished jobs are kept this long for whoever asks what happened.
const KEPT: TimeDelta = TimeDelta::days(7);
/// A test that drains for ever has a job that asks for itself.
const MOST_DRAINED: usize = 10_000;

#[derive(Debug)]
pub struct Worker {
    app: App,
    registry: Registry,
    kinds: Vec<&'static str>,
    /// New for every start, so that a restarted worker cannot renew its predecessor's leases.
    holder: String,
    /// Due times that this worker has asked for already.
    asked: Mutex<HashSet<String>>,
}

impl Worker {
    #[must_use]
    pub fn new(app: App, registry: Registry) -> Self {
        let kinds = registry.kinds();
        let holder = app.ids.id().to_string();
        Self { app, registry, kinds, holder, asked: Mutex::default() }
    }

    /// Runs until `stop`, then waits for what is running.
    pub async fn run(&self, stop: CancellationToken) {
        let poll = Duration::from_millis(self.app.config.worker.poll_ms.max(10));
        let concurrency = self.app.config.worker.concurrency;
        let beat = Duration::from_secs(u64::from(self.app.config.worker.lease_secs)) / 3;
        let mut running = JoinSet::new();
        let mut heartbeat = tokio::time::interval(beat);
        while !stop.is_cancelled() {
            let free = concurrency.saturating_sub(running.len());
            let claimed = if free == 0 { Ok(Vec::new()) } else { self.claim(free).await };
            match claimed {
                Ok(jobs) => {
                    for job in jobs {
                        let (app, registry) = (self.app.clone(), self.registry.clone());
                        #[expect(
                            clippy::disallowed_methods,
                            reason = "the set is awaited at the end"
                        )]
                        running.spawn(async move { execute(&app, &registry, job).await });
                    }
                }
                Err(cause) => tracing::warn!(%cause, "worker cannot reach the queue"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                _ = heartbeat.tick() => self.beat().await,
                Some(_) = running.join_next(), if !running.is_empty() => {}
                () = self.app.wake.notified(), if free > 0 => {}
                // What was asked for elsewhere, or has become due.
                () = tokio::time::sleep(poll) => {}
            }
        }
        // The lease goes on being renewed while the last jobs finish.
        while !running.is_empty() {
            tokio::select! {
                _ = heartbeat.tick() => self.beat().await,
                _ = running.join_next() => {}
            }
        }
    }

    /// Runs everything that is due by the app's clock, and what that in turn makes due, then
    /// returns how many ran. The path is the one of `run`.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn drain(&self) -> AppResult<usize> {
        let mut ran = 0;
        self.tend().await?;
        loop {
            let jobs = self.claim(1).await?;
            if jobs.is_empty() {
                return Ok(ran);
            }
            for job in jobs {
                execute(&self.app, &self.registry, job).await;
                ran += 1;
            }
            if ran > MOST_DRAINED {
                return Err(AppError::internal("the queue never empties"));
            }
        }
    }

    async fn claim(&self, most: usize) -> Result<Vec<Model>, DbErr> {
        let now = self.app.clock.now();
        if !queue::is_any_due(&self.app.db, &self.kinds, now).await? {
            return Ok(Vec::new());
        }
        let tx = self.app.begin(AuditActor::System).await?;
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        let jobs = queue::claim(&tx, &self.kinds, &self.holder, now, self.lease(), most).await?;
        tx.commit().await?;
        Ok(jobs)
    }

    fn lease(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.app.config.worker.lease_secs))
    }

    async fn beat(&self) {
        if let Err(cause) = self.tend().await {
            tracing::warn!(%cause, "worker cannot renew its leases");
        }
    }

    /// Renews our leases, gives back those of the dead, and asks for scheduled work.
    async fn tend(&self) -> Result<(), DbErr> {
        let now = self.app.clock.now();
        let mut tx = self.app.begin(AuditActor::System).await?;
        queue::renew(&tx, &self.holder, now + self.lease()).await?;
        let reclaimed = queue::reclaim_expired(&tx, now).await?;
        let mut fresh = Vec::new();
        for every in self.registry.schedules() {
            let key = every.key(now);
            if !self.asked().contains(&key) {
                every.ask(&mut tx).await?;
                fresh.push(key);
            }
        }
        tx.commit().await?;
        self.remember(fresh);
        if reclaimed > 0 {
            tracing::warn!(reclaimed, "took jobs back from a worker that died");
        }
        Ok(())
    }

    fn asked(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, keys: Vec<String>) {
        if !keys.is_empty() {
            let mut asked = self.asked();
            if asked.len() > 1_000 {
                asked.clear();
            }
            asked.extend(keys);
        }
    }
}

/// Runs one claimed job and records how it ended. Time-outs and panics are endings like others.
async fn execute(app: &App, registry: &Registry, job: Model) {
    let run = JobRun {
        now: app.clock.now(),
        attempt: job.attempts,
        is_last: job.attempts >= job.max_attempts,
    };
    let work = registry.run(app, &job.kind, job.payload.clone(), run);
    let outcome = tokio::time::timeout(LONGEST_RUN, AssertUnwindSafe(work).catch_unwind()).await;
    let outcome = match outcome {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_panic)) => Err(AppError::internal("the job panicked").into()),
        Err(_elapsed) => Err(AppError::internal("the job ran too long").into()),
    };
    let now = app.clock.now();
    let (error, ending) = match &outcome {
        Ok(()) => (None, Ending::Done),
        Err(JobError::Fail(error)) => (Some(error), Ending::Dead(error.code().as_str())),
        Err(JobError::Retry(error, _)) if run.is_last => {
            (Some(error), Ending::Dead(error.code().as_str()))
        }
        Err(JobError::Retry(error, after)) => (
            Some(error),
            Ending::RetryAt(retry_at(now, job.attempts, *after), error.code().as_str()),
        ),
    };
    let (name, is_dead) = match ending {
        Ending::Done => ("done", false),
        Ending::RetryAt(..) => ("retry", false),
        Ending::Dead(_) => ("dead", true),
    };
    match error {
        None => {
            tracing::info!(job_id = %job.id, kind = job.kind, attempt = run.attempt, "job done")
        }
        Some(error) if is_dead => {
            tracing::error!(job_id = %job.id, kind = job.kind, attempt = run.attempt, ?error, "job is dead");
        }
        Some(error) => {
            tracing::warn!(job_id = %job.id, kind = job.kind, attempt = run.attempt, ?error, "job will be retried");
        }
    }
    app.metrics.count_job(&job.kind, name);
    if let Err(cause) = settle(app, &job, &ending, now).await {
        // The lease runs out and the job runs again: at least once.
        tracing::warn!(job_id = %job.id, %cause, "the end of a job could not be recorded");
    }
}

async fn settle(
    app: &App,
    job: &Model,
    ending: &Ending<'_>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let tx = app.begin(AuditActor::System).await?;
    let was_ours = queue::settle(&tx, job, ending, now).await?;
    tx.commit().await?;
    if !was_ours {
        tracing::warn!(job_id = %job.id, kind = job.kind, "the lease was lost while the job ran");
    }
    Ok(())
}

/// 5 s, 10 s, 20 s, … at most an hour, unless the job knows better.
fn retry_at(now: DateTime<Utc>, attempt: i32, after: Option<Duration>) -> DateTime<Utc> {
    let doublings = attempt.clamp(1, 16) - 1;
    let wait = after
        .and_then(|after| TimeDelta::from_std(after).ok())
        .unwrap_or_else(|| (FIRST_RETRY * (1 << doublings)).min(LONGEST_RETRY));
    now + wait
}

/// Drops jobs that finished long ago. Returns how many.
///
/// # Errors
/// The database cannot be written.
pub async fn prune_finished_jobs(app: &App) -> AppResult<u64> {
    let tx = app.begin(AuditActor::System).await?;
    let pruned = queue::prune(&tx, app.clock.now() - KEPT).await?;
    tx.commit().await?;
    Ok(pruned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_back_off_up_to_an_hour() {
        let now = DateTime::UNIX_EPOCH;
        let waits: Vec<_> =
            (1..=12).map(|n| (retry_at(now, n, None) - now).num_seconds()).collect();
        assert_eq!(waits[..4], [5, 10, 20, 40]);
        assert_eq!(waits[11], 3600);
        assert_eq!(retry_at(now, 3, Some(Duration::from_secs(7))) - now, TimeDelta::seconds(7));
    }
}
