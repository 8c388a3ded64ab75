//! Work that a committed change asked for (ADR 0002).
//!
//! 1. A job is a row written in the transaction of its cause; there is no other way to an external
//!    effect.
//! 2. A worker holds a lease on each job it runs and renews it. When the worker dies, the lease
//!    runs out and another takes over.
//! 3. At least once: a handler may run twice and must not do its work twice.
//! 4. Due is decided by the clock that is passed in, so a test decides when a job runs.
//! 5. A job that used up its attempts is dead: it waits for an operator, it is never dropped.

use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::http::AppError;
use crate::app::App;

mod queue;
mod registry;
mod schedule;
mod worker;

pub use queue::{count_by_status, dead_page, requeue_dead};
pub use registry::Registry;
pub use schedule::Every;
pub use worker::{Worker, prune_finished_jobs};

/// One kind of work. The value is the payload: ids only, it is stored as it is.
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    /// `booking.expire`
    const KIND: &'static str;
    const MAX_ATTEMPTS: i32 = 8;

    fn run(self, app: &App, run: JobRun) -> impl Future<Output = Result<(), JobError>> + Send;
}

/// This run of a job.
#[derive(Clone, Copy, Debug)]
pub struct JobRun {
    pub now: DateTime<Utc>,
    /// 1 for the first.
    pub attempt: i32,
    pub is_last: bool,
}

/// The job, not the runner, decides what becomes of a failure.
#[derive(Debug)]
pub enum JobError {
    /// Again after a while, or after the given time.
    Retry(AppError, Option<Duration>),
    /// No use trying again.
    Fail(AppError),
}

impl From<AppError> for JobError {
    fn from(cause: AppError) -> Self {
        Self::Retry(cause, None)
    }
}

impl From<sea_orm::DbErr> for JobError {
    #[track_caller]
    fn from(cause: sea_orm::DbErr) -> Self {
        Self::Retry(cause.into(), None)
    }
}

/// When a job runs, and under which key it is the only one.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    pub(super) run_at: Option<DateTime<Utc>>,
    pub(super) unique_key: Option<String>,
}

impl Schedule {
    /// After the commit.
    #[must_use]
    pub fn now() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn at(instant: DateTime<Utc>) -> Self {
        Self { run_at: Some(instant), unique_key: None }
    }

    #[must_use]
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.unique_key = Some(key.into());
        self
    }
}
