//! The only home of "now". Instants are UTC and cut to microseconds, the precision PostgreSQL
//! keeps; dates are those of Asia/Shanghai, which has no daylight saving.

use std::fmt::Debug;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{
    DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeDelta, Utc,
};

pub trait Clock: Send + Sync + Debug {
    fn now(&self) -> DateTime<Utc>;
}

#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one home of the system clock")]
    fn now(&self) -> DateTime<Utc> {
        to_micros(Utc::now())
    }
}

/// A clock that stands still until it is told to move.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(AtomicI64::new(now.timestamp_micros()))
    }

    pub fn set(&self, now: DateTime<Utc>) {
        self.0.store(now.timestamp_micros(), Ordering::SeqCst);
    }

    pub fn advance(&self, by: TimeDelta) {
        let micros = by.num_microseconds().unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst)).unwrap_or_default()
    }
}

/// Lets the WeChat library see the same time as the rest.
#[derive(Debug)]
pub struct WechatClock(pub std::sync::Arc<dyn Clock>);

impl wechat::Clock for WechatClock {
    fn now(&self) -> i64 {
        self.0.now().timestamp()
    }
}

/// Offset of Asia/Shanghai: UTC+8 all year since 1992.
const SHANGHAI_SECS: i32 = 8 * 3600;

/// The calendar day in China at `instant`.
#[must_use]
pub fn local_date(instant: DateTime<Utc>) -> NaiveDate {
    local_time(instant).date()
}

/// The wall-clock time in China at `instant`.
#[must_use]
pub fn local_time(instant: DateTime<Utc>) -> NaiveDateTime {
    instant.naive_utc() + TimeDelta::seconds(i64::from(SHANGHAI_SECS))
}

/// `instant` as it is written in China.
#[must_use]
pub fn shanghai(instant: DateTime<Utc>) -> DateTime<FixedOffset> {
    // Eight hours are an offset.
    let offset = FixedOffset::east_opt(SHANGHAI_SECS).unwrap_or(Utc.fix());
    instant.with_timezone(&offset)
}

/// The instant of a wall-clock time in China.
#[must_use]
pub fn from_local(local: NaiveDateTime) -> DateTime<Utc> {
    local.and_utc() - TimeDelta::seconds(i64::from(SHANGHAI_SECS))
}

/// When a calendar day begins in China.
#[must_use]
pub fn day_begins(day: NaiveDate) -> DateTime<Utc> {
    from_local(day.and_time(NaiveTime::MIN))
}

/// Cuts what PostgreSQL would cut, so that a value read back equals the value written.
#[must_use]
pub fn to_micros(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_date_turns_at_midnight_in_shanghai() {
        let before: DateTime<Utc> = "2026-11-20T15:59:59Z".parse().unwrap();
        let after: DateTime<Utc> = "2026-11-20T16:00:00Z".parse().unwrap();
        assert_eq!(local_date(before).to_string(), "2026-11-20");
        assert_eq!(local_date(after).to_string(), "2026-11-21");
        assert_eq!(from_local("2026-11-21T00:00:00".parse().unwrap()), after);
        assert_eq!(day_begins("2026-11-21".parse().unwrap()), after);
    }
}
