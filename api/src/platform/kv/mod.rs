//! Short-lived state that replicas share when there is Redis and that lives in the process when
//! there is not. Operations are named by purpose. Nothing here is a truth: losing it costs a
//! limit its memory or a sandbox code its use, never a place, a key or a session.
//!
//! When Redis fails, each operation falls back to the process (table in docs/OPERATIONS.md), and
//! Redis is left alone for a second, so that an outage does not add its time-out to every request.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::TimeDelta;

use super::clock::Clock;
use super::config;
use super::http::Metrics;

mod limiter;
mod memory;
mod redis;

pub use limiter::{LimitKey, Limiter, Quota, Verdict};
pub use memory::MemoryKv;
pub use redis::{KvError, RedisKv};

/// How long a failed Redis is left alone.
const REST: TimeDelta = TimeDelta::seconds(1);

/// What became of a failure that was counted in advance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failures {
    Counted,
    /// None is left for this long; `is_news` for the first who hears it.
    UsedUp {
        wait: Duration,
        is_news: bool,
    },
}

#[derive(Clone)]
pub struct Kv(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    memory: MemoryKv,
    redis: Option<RedisKv>,
    /// Unix microseconds until which Redis is left alone.
    rest_until: AtomicI64,
    metrics: Metrics,
}

impl fmt::Debug for Kv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.redis.is_some() { "Kv::Redis" } else { "Kv::Memory" })
    }
}

impl Kv {
    /// `memory:` or a Redis address. Redis need not answer yet.
    ///
    /// # Errors
    /// The address cannot be parsed.
    pub fn open(
        settings: &config::Kv,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
    ) -> Result<Self, KvError> {
        let url = settings.url.expose();
        let redis = (url != "memory:").then(|| RedisKv::open(settings)).transpose()?;
        Ok(Self(Arc::new(Inner {
            memory: MemoryKv::new(Arc::clone(&clock)),
            clock,
            redis,
            rest_until: AtomicI64::new(0),
            metrics,
        })))
    }

    /// Counts one of `most` failures that `key` has in a window, which its first one begins. What
    /// turns out to be none is given back by [`forgive`](Self::forgive), so that simultaneous tries
    /// are counted before they are known to fail.
    pub async fn count_failure(&self, key: &str, most: u32, window: Duration) -> Failures {
        if let Some(redis) = self.redis() {
            let now = self.0.clock.now();
            if let Some(known) = self.or_rest(redis.count_failure(key, most, window, now).await) {
                return known;
            }
        }
        self.0.memory.count_failure(key, most, window)
    }

    /// Takes one failure of `key` back.
    pub async fn forgive(&self, key: &str) {
        if let Some(redis) = self.redis()
            && self.or_rest(redis.forgive(key).await).is_some()
        {
            return;
        }
        self.0.memory.forgive(key);
    }

    /// Keeps a small value for a while.
    pub async fn put_ticket(&self, key: &str, value: &str, keep: Duration) {
        if let Some(redis) = self.redis()
            && self.or_rest(redis.put_ticket(key, value, keep).await).is_some()
        {
            return;
        }
        self.0.memory.put_ticket(key, value, keep);
    }

    /// Looks at a value and leaves it.
    pub async fn ticket(&self, key: &str) -> Option<String> {
        if let Some(redis) = self.redis()
            && let Some(Some(value)) = self.or_rest(redis.ticket(key).await)
        {
            return Some(value);
        }
        self.0.memory.ticket(key)
    }

    /// Takes a value away: of many that ask, one gets it.
    pub async fn take_ticket(&self, key: &str) -> Option<String> {
        if let Some(redis) = self.redis()
            && let Some(Some(value)) = self.or_rest(redis.take_ticket(key).await)
        {
            return Some(value);
        }
        self.0.memory.take_ticket(key)
    }

    /// Puts a ticket where there is none: of many that ask, one is told true. A claim is known to
    /// whom it was made: one that was made while Redis was lost is known to this process only.
    pub async fn claim_ticket(&self, key: &str, keep: Duration) -> bool {
        if let Some(redis) = self.redis()
            && let Some(is_first) = self.or_rest(redis.claim_ticket(key, keep).await)
        {
            return is_first;
        }
        self.0.memory.claim_ticket(key, keep)
    }

    /// Whether the shared side answers; always true in the process.
    pub async fn is_reachable(&self) -> bool {
        match &self.0.redis {
            Some(redis) => redis.ping().await.is_ok(),
            None => true,
        }
    }

    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.0.redis.is_some()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.clock)
    }

    fn redis(&self) -> Option<&RedisKv> {
        let is_resting =
            self.0.clock.now().timestamp_micros() < self.0.rest_until.load(Ordering::Relaxed);
        self.0.redis.as_ref().filter(|_| !is_resting)
    }

    fn or_rest<T>(&self, outcome: Result<T, KvError>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(cause) => {
                let until = (self.0.clock.now() + REST).timestamp_micros();
                self.0.rest_until.store(until, Ordering::Relaxed);
                self.0.metrics.count_kv_failure();
                tracing::warn!(%cause, "redis does not answer; falling back to this process");
                None
            }
        }
    }
}
