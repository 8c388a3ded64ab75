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
use super::http::{AppError, AppResult, ErrorCode, Metrics};

mod memory;
mod redis;

pub use memory::MemoryKv;
pub use redis::{KvError, RedisKv};

/// How long a failed Redis is left alone.
const REST: TimeDelta = TimeDelta::seconds(1);

/// A limit by name; how many a minute it allows is configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    AddressWrites,
    AccountWrites,
    AddressLogins,
    AddressStaffLogins,
}

impl Rule {
    pub const ALL: [Self; 4] =
        [Self::AddressWrites, Self::AccountWrites, Self::AddressLogins, Self::AddressStaffLogins];

    fn name(self) -> &'static str {
        match self {
            Self::AddressWrites => "address_writes",
            Self::AccountWrites => "account_writes",
            Self::AddressLogins => "address_logins",
            Self::AddressStaffLogins => "address_staff_logins",
        }
    }

    fn per_minute(self, limits: &config::Limits) -> u32 {
        match self {
            Self::AddressWrites => limits.address_writes_per_minute,
            Self::AccountWrites => limits.account_writes_per_minute,
            Self::AddressLogins => limits.logins_per_address_per_minute,
            Self::AddressStaffLogins => limits.staff_logins_per_address_per_minute,
        }
    }
}

/// Whether one more is allowed, and if not, when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    Wait(Duration),
}

#[derive(Clone)]
pub struct Kv(Arc<Inner>);

struct Inner {
    limits: config::Limits,
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
        limits: &config::Limits,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
    ) -> Result<Self, KvError> {
        let url = settings.url.expose();
        let redis = (url != "memory:").then(|| RedisKv::open(settings)).transpose()?;
        Ok(Self(Arc::new(Inner {
            limits: limits.clone(),
            memory: MemoryKv::new(Arc::clone(&clock)),
            clock,
            redis,
            rest_until: AtomicI64::new(0),
            metrics,
        })))
    }

    /// Counts one towards `rule` for `key`.
    ///
    /// # Errors
    /// `rate_limited` with the time to wait.
    pub async fn limit(&self, rule: Rule, key: &str) -> AppResult<()> {
        let per_minute = rule.per_minute(&self.0.limits);
        if per_minute == 0 {
            return Ok(());
        }
        let shared = match self.redis() {
            Some(redis) => {
                self.or_rest(redis.limit(rule.name(), key, per_minute, self.0.clock.now()).await)
            }
            None => None,
        };
        match shared.unwrap_or_else(|| self.0.memory.limit(rule.name(), key, per_minute)) {
            Verdict::Allowed => Ok(()),
            Verdict::Wait(wait) => Err(AppError::new(ErrorCode::RateLimited).retry_after(wait)),
        }
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
