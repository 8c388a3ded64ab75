//! Recurring work without a leader: every worker asks for each due time, the unique key lets one
//! of the requests through.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use sea_orm::DbErr;

use super::{Job, Schedule};
use crate::platform::db::Tx;

type Ask = for<'a> fn(&'a mut Tx, Schedule) -> BoxFuture<'a, Result<(), DbErr>>;

/// A job that runs at every full period since the epoch.
#[derive(Clone, Copy, Debug)]
pub struct Every {
    kind: &'static str,
    period: TimeDelta,
    ask: Ask,
}

impl Every {
    #[must_use]
    pub fn hours<J: Job + Default + Sync>(hours: i64) -> Self {
        Self::period::<J>(TimeDelta::hours(hours))
    }

    #[must_use]
    pub fn minutes<J: Job + Default + Sync>(minutes: i64) -> Self {
        Self::period::<J>(TimeDelta::minutes(minutes))
    }

    fn period<J: Job + Default + Sync>(period: TimeDelta) -> Self {
        Self {
            kind: J::KIND,
            period,
            ask: |tx, schedule| Box::pin(async move { tx.enqueue(&J::default(), schedule).await }),
        }
    }

    /// The due time that `now` falls into.
    fn due(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let period = self.period.num_seconds().max(1);
        let seconds = now.timestamp().div_euclid(period) * period;
        DateTime::from_timestamp(seconds, 0).unwrap_or(now)
    }

    /// Identifies this due time.
    pub(super) fn key(&self, now: DateTime<Utc>) -> String {
        format!("{}@{}", self.kind, self.due(now).to_rfc3339())
    }

    pub(super) async fn ask(&self, tx: &mut Tx) -> Result<(), DbErr> {
        let now = tx.now();
        (self.ask)(tx, Schedule::at(self.due(now)).once(self.key(now))).await
    }
}
