//! The purposes of [`Kv`](super::Kv) inside one process.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Add;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use governor::clock::{Clock as _, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use moka::sync::Cache;

use super::Verdict;
use crate::platform::clock::Clock;

/// Nobody keeps a ticket longer than this; the bound is for memory only.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
const MOST_TICKETS: u64 = 100_000;

type Limiter =
    RateLimiter<String, DashMapStateStore<String>, LimiterClock, NoOpMiddleware<Instant>>;

pub struct MemoryKv {
    clock: Arc<dyn Clock>,
    limiters: Cache<(&'static str, u32), Arc<Limiter>>,
    tickets: Cache<String, (String, DateTime<Utc>)>,
}

impl fmt::Debug for MemoryKv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryKv")
    }
}

impl MemoryKv {
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            limiters: Cache::new(64),
            tickets: Cache::builder().max_capacity(MOST_TICKETS).time_to_live(LONGEST).build(),
        }
    }

    pub fn limit(&self, rule: &'static str, key: &str, per_minute: u32) -> Verdict {
        let Some(quota) = NonZeroU32::new(per_minute) else { return Verdict::Allowed };
        let limiter = self.limiters.get_with((rule, per_minute), || {
            let clock = LimiterClock(Arc::clone(&self.clock));
            Arc::new(RateLimiter::new(
                Quota::per_minute(quota),
                DashMapStateStore::default(),
                clock,
            ))
        });
        // Keys that have their full allowance again need no memory.
        if limiter.len() > 10_000 {
            limiter.retain_recent();
        }
        match limiter.check_key(&key.to_owned()) {
            Ok(()) => Verdict::Allowed,
            Err(not_until) => {
                Verdict::Wait(not_until.wait_time_from(LimiterClock(Arc::clone(&self.clock)).now()))
            }
        }
    }

    pub fn put_ticket(&self, key: &str, value: &str, keep: Duration) {
        let keep = TimeDelta::from_std(keep).unwrap_or(TimeDelta::MAX);
        self.tickets.insert(key.to_owned(), (value.to_owned(), self.clock.now() + keep));
    }

    pub fn ticket(&self, key: &str) -> Option<String> {
        self.tickets.get(key).and_then(|ticket| self.valid(ticket))
    }

    pub fn take_ticket(&self, key: &str) -> Option<String> {
        self.tickets.remove(key).and_then(|ticket| self.valid(ticket))
    }

    fn valid(&self, (value, until): (String, DateTime<Utc>)) -> Option<String> {
        (self.clock.now() < until).then_some(value)
    }
}

/// Our clock, as governor wants to see it.
#[derive(Clone)]
struct LimiterClock(Arc<dyn Clock>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Instant(u64);

impl governor::clock::Clock for LimiterClock {
    type Instant = Instant;

    fn now(&self) -> Instant {
        Instant(u64::try_from(self.0.now().timestamp_micros()).unwrap_or_default() * 1_000)
    }
}

impl Add<Nanos> for Instant {
    type Output = Self;

    fn add(self, nanos: Nanos) -> Self {
        Self(self.0.saturating_add(nanos.as_u64()))
    }
}

impl Reference for Instant {
    fn duration_since(&self, earlier: Self) -> Nanos {
        self.0.saturating_sub(earlier.0).into()
    }

    fn saturating_sub(&self, duration: Nanos) -> Self {
        Self(self.0.saturating_sub(duration.as_u64()))
    }
}
