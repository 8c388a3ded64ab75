//! One limit: how often, for whom, counted here or together with the other replicas.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use uuid::Uuid;

use super::Kv;
use super::memory::LocalLimiter;
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// One comes back every `interval`; a rest saves up to `burst`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// At least 1.
    pub burst: u32,
    /// At least a microsecond.
    pub interval: Duration,
}

/// What is counted apart. Small and without text of its own, so that counting in the process
/// allocates nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct LimitKey {
    pub address: Option<IpAddr>,
    pub account: Option<Uuid>,
    /// A blind index, never a number.
    pub phone: Option<[u8; 32]>,
    pub operation: Option<&'static str>,
}

impl fmt::Display for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(address) = self.address {
            write!(f, "/a{address}")?;
        }
        if let Some(account) = self.account {
            write!(f, "/u{}", account.simple())?;
        }
        if let Some(phone) = self.phone {
            write!(f, "/p{}", hex::encode(phone))?;
        }
        self.operation.map_or(Ok(()), |operation| write!(f, "/o{operation}"))
    }
}

/// Whether one more is allowed, and if not, when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    Wait(Duration),
}

impl Verdict {
    /// # Errors
    /// `rate_limited` with the time to wait.
    pub fn allowed(self) -> AppResult<()> {
        match self {
            Self::Allowed => Ok(()),
            Self::Wait(wait) => Err(AppError::new(ErrorCode::RateLimited).retry_after(wait)),
        }
    }
}

/// Made once for each limit; its count in the process lives as long as it does.
#[derive(Debug)]
pub struct Limiter {
    kv: Kv,
    name: String,
    quota: Quota,
    local: LocalLimiter,
}

impl Kv {
    /// A limit; its name keeps its count on Redis apart from those of others.
    #[must_use]
    pub fn limiter(&self, name: impl Into<String>, quota: Quota) -> Limiter {
        let local = LocalLimiter::new(quota, self.clock());
        Limiter { kv: self.clone(), name: name.into(), quota, local }
    }
}

impl Limiter {
    /// Counts one, together with the other replicas while there is Redis.
    pub async fn take(&self, key: LimitKey) -> Verdict {
        if let Some(redis) = self.kv.redis() {
            let key = format!("{}{key}", self.name);
            let now = self.kv.clock().now();
            if let Some(verdict) = self.kv.or_rest(redis.limit(&key, self.quota, now).await) {
                return verdict;
            }
        }
        self.take_here(key)
    }

    /// Counts one in this process, without waiting.
    #[must_use]
    pub fn take_here(&self, key: LimitKey) -> Verdict {
        self.local.take(key)
    }
}
