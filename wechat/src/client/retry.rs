//! When to make a call again, and how long to wait first.

use std::time::Duration;

use super::error::WechatError;
use super::reaction::Reaction;
use crate::random;

/// Capped exponential backoff with jitter (protocol 0.2: RETRY).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Repetitions after the first attempt.
    pub max_retries: u32,
    /// Wait before the first repetition; doubled each time. Zero never waits.
    pub base: Duration,
    /// Longest wait.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    /// Three repetitions after about 1, 2 and 4 seconds.
    fn default() -> Self {
        Self { max_retries: 3, base: Duration::from_secs(1), cap: Duration::from_secs(8) }
    }
}

impl RetryPolicy {
    /// Repeats at once, for tests.
    pub const IMMEDIATE: Self = Self { max_retries: 3, base: Duration::ZERO, cap: Duration::ZERO };

    /// Never repeats.
    pub const NEVER: Self = Self { max_retries: 0, base: Duration::ZERO, cap: Duration::ZERO };

    /// Wait before repetition number `retry` (from 0): between half of the doubled base and all of
    /// it, so that callers that failed together do not return together.
    pub(super) fn delay(&self, retry: u32) -> Duration {
        let full = self.base.saturating_mul(2_u32.saturating_pow(retry)).min(self.cap);
        jitter(full)
    }
}

/// Between half of `full` and all of it.
pub(super) fn jitter(full: Duration) -> Duration {
    let half = full / 2;
    let spread = u64::try_from(half.as_micros()).unwrap_or(u64::MAX);
    half + Duration::from_micros(random::up_to(spread))
}

/// Which failures of a call may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// The call may be made twice without harm: any failure that calls for a retry.
    Idempotent,
    /// Only failures after which the platform certainly did nothing, and at most this often.
    Unprocessed {
        /// Upper bound besides the policy's own.
        at_most: u32,
    },
}

impl Repeat {
    /// Whether `error` of a call to `path` may be followed by repetition number `retry` (from 0).
    pub(super) fn allows(
        self,
        policy: &RetryPolicy,
        error: &WechatError,
        path: &str,
        retry: u32,
    ) -> bool {
        if error.reaction() != Reaction::Retry || retry >= policy.max_retries {
            return false;
        }
        match self {
            Self::Idempotent => true,
            Self::Unprocessed { at_most } => {
                retry < at_most && error.is_certainly_unprocessed(path)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::errmsg::read_errmsg;
    use crate::client::paths;

    #[test]
    fn delay_doubles_up_to_the_cap_with_jitter_below() {
        let policy = RetryPolicy {
            max_retries: 9,
            base: Duration::from_secs(1),
            cap: Duration::from_secs(4),
        };
        for (retry, full) in [(0, 1), (1, 2), (2, 4), (3, 4), (31, 4), (40, 4)] {
            let full = Duration::from_secs(full);
            for _ in 0..50 {
                let delay = policy.delay(retry);
                assert!(delay >= full / 2 && delay <= full, "{retry}: {delay:?}");
            }
        }
    }

    #[test]
    fn a_zero_base_never_waits() {
        assert_eq!(RetryPolicy::IMMEDIATE.delay(2), Duration::ZERO);
    }

    #[test]
    fn only_idempotent_calls_repeat_after_a_lost_answer() {
        let (policy, path) = (RetryPolicy::IMMEDIATE, paths::SUBSCRIBE_SEND);
        let lost = WechatError::Timeout { path };
        assert!(Repeat::Idempotent.allows(&policy, &lost, path, 0));
        assert!(!Repeat::Unprocessed { at_most: 3 }.allows(&policy, &lost, path, 0));
        let busy = WechatError::from(read_errmsg(path, -1, "system error"));
        assert!(Repeat::Unprocessed { at_most: 1 }.allows(&policy, &busy, path, 0));
        assert!(!Repeat::Unprocessed { at_most: 1 }.allows(&policy, &busy, path, 1));
    }

    #[test]
    fn retries_end_and_other_reactions_never_start() {
        let (policy, path) = (RetryPolicy::IMMEDIATE, paths::CHECK_TEXT);
        let busy = WechatError::from(read_errmsg(path, -1, "system error"));
        assert!(Repeat::Idempotent.allows(&policy, &busy, path, 2));
        assert!(!Repeat::Idempotent.allows(&policy, &busy, path, 3));
        let limited = WechatError::from(read_errmsg(path, 44991, "minute limit"));
        assert!(!Repeat::Idempotent.allows(&policy, &limited, path, 0));
    }
}
