//! The purposes of [`Kv`](super::Kv) inside one process.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Add;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use governor::RateLimiter;
use governor::clock::{Clock as _, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use moka::ops::compute::{CompResult, Op};
use moka::sync::Cache;

use super::Failures;
use super::limiter::{LimitKey, Quota, Verdict};
use crate::platform::clock::Clock;

/// Nobody keeps a ticket longer than this; the bound is for memory only.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
const MOST_TICKETS: u64 = 100_000;

/// Counts between two looks for keys that need no memory any more.
const SWEEP_EVERY: u64 = 4_096;
const SWEEP_ABOVE: usize = 10_000;

type Governor =
    RateLimiter<LimitKey, DashMapStateStore<LimitKey>, LimiterClock, NoOpMiddleware<Instant>>;

/// One limit inside one process.
pub(super) struct LocalLimiter {
    governor: Governor,
    clock: LimiterClock,
    counted: AtomicU64,
}

impl fmt::Debug for LocalLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalLimiter")
    }
}

impl LocalLimiter {
    pub(super) fn new(quota: Quota, clock: Arc<dyn Clock>) -> Self {
        let clock = LimiterClock(clock);
        let interval = quota.interval.max(Duration::from_micros(1));
        let burst = NonZeroU32::new(quota.burst).unwrap_or(NonZeroU32::MIN);
        let quota = governor::Quota::with_period(interval)
            .unwrap_or_else(|| governor::Quota::per_second(NonZeroU32::MIN))
            .allow_burst(burst);
        let governor = RateLimiter::new(quota, DashMapStateStore::default(), clock.clone());
        Self { governor, clock, counted: AtomicU64::new(0) }
    }

    pub(super) fn take(&self, key: LimitKey) -> Verdict {
        // Now and then, not at each count: looking goes through everything.
        let counted = self.counted.fetch_add(1, Ordering::Relaxed);
        if counted % SWEEP_EVERY == SWEEP_EVERY - 1 && self.governor.len() > SWEEP_ABOVE {
            self.governor.retain_recent();
        }
        match self.governor.check_key(&key) {
            Ok(()) => Verdict::Allowed,
            Err(not_until) => Verdict::Wait(not_until.wait_time_from(self.clock.now())),
        }
    }
}

pub struct MemoryKv {
    clock: Arc<dyn Clock>,
    tickets: Cache<String, (String, DateTime<Utc>)>,
    failures: Cache<String, Window>,
}

/// The failures of one key since its first one.
#[derive(Clone, Copy)]
struct Window {
    until: DateTime<Utc>,
    count: u32,
    is_known_full: bool,
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
            tickets: Cache::builder().max_capacity(MOST_TICKETS).time_to_live(LONGEST).build(),
            failures: Cache::builder().max_capacity(MOST_TICKETS).time_to_live(LONGEST).build(),
        }
    }

    pub fn count_failure(&self, key: &str, most: u32, window: Duration) -> Failures {
        let now = self.clock.now();
        let fresh = Window {
            until: now + TimeDelta::from_std(window).unwrap_or(TimeDelta::MAX),
            count: 0,
            is_known_full: false,
        };
        let mut verdict = Failures::Counted;
        self.failures.entry_by_ref(key).and_upsert_with(|known| {
            let known = known.map(moka::Entry::into_value).filter(|window| now < window.until);
            let mut window = known.unwrap_or(fresh);
            if window.count < most {
                window.count += 1;
            } else {
                let wait = (window.until - now).to_std().unwrap_or_default();
                verdict = Failures::UsedUp { wait, is_news: !window.is_known_full };
                window.is_known_full = true;
            }
            window
        });
        verdict
    }

    pub fn forgive(&self, key: &str) {
        self.failures.entry_by_ref(key).and_compute_with(|known| match known {
            None => moka::ops::compute::Op::Nop,
            Some(known) => {
                let window = known.into_value();
                let count = window.count.saturating_sub(1);
                moka::ops::compute::Op::Put(Window { count, ..window })
            }
        });
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

    /// Puts a ticket where there is none. False when there was one.
    pub fn claim_ticket(&self, key: &str, keep: Duration) -> bool {
        let now = self.clock.now();
        let until = now + TimeDelta::from_std(keep).unwrap_or(TimeDelta::MAX);
        let done = self.tickets.entry_by_ref(key).and_compute_with(|known| match known {
            Some(ticket) if now < ticket.value().1 => Op::Nop,
            _ => Op::Put((String::new(), until)),
        });
        !matches!(done, CompResult::Unchanged(_))
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
