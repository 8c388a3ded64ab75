//! Single flight within one process, with shared failures.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::MutexGuard;

use super::StoredToken;
use crate::client::error::WechatError;
use crate::secret::AccessToken;

/// What a caller wants of the keeper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Need {
    /// A token that is not due for replacement.
    Fresh,
    /// A living token that is not the one just refused.
    OtherThan(AccessToken),
}

impl Need {
    /// Whether a shared row will do at `now`.
    pub(super) fn accepts(&self, stored: &StoredToken, now: i64) -> bool {
        match self {
            Self::Fresh => stored.is_fresh(now),
            Self::OtherThan(_) => stored.is_alive(now) && self.is_met_by(&stored.token),
        }
    }

    /// Whether a token that the platform just handed out will do.
    pub(super) fn is_met_by(&self, token: &AccessToken) -> bool {
        match self {
            Self::Fresh => true,
            Self::OtherThan(rejected) => token != rejected,
        }
    }
}

type Outcome = Result<Option<AccessToken>, WechatError>;

/// Lets one task at a time through.
#[derive(Debug, Default)]
pub(super) struct Flight {
    last: tokio::sync::Mutex<Option<(Need, Outcome)>>,
    finished: AtomicU64,
    /// A refused token that the platform will not replace before this time.
    hopeless: Mutex<Option<(AccessToken, i64)>>,
}

/// The right to make an attempt.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    last: MutexGuard<'a, Option<(Need, Outcome)>>,
    finished: &'a AtomicU64,
}

impl Turn<'_> {
    /// Leaves the outcome for those who waited meanwhile.
    pub(super) fn finish(&mut self, need: Need, outcome: &Outcome) {
        *self.last = Some((need, outcome.clone()));
        self.finished.fetch_add(1, Ordering::SeqCst);
    }
}

impl Flight {
    /// Waits for the turn. Also returns the outcome of an attempt for the same need that ended
    /// while waiting.
    pub(super) async fn turn(&self, need: &Need) -> (Turn<'_>, Option<Outcome>) {
        let before = self.finished.load(Ordering::SeqCst);
        let last = self.last.lock().await;
        let waited = self.finished.load(Ordering::SeqCst) != before;
        let shared = last
            .as_ref()
            .filter(|(of, _)| waited && of == need)
            .map(|(_, outcome)| outcome.clone())
            // A token found meanwhile is taken from the cache, which also knows whether it still
            // lives.
            .filter(|outcome| !matches!(outcome, Ok(Some(_))));
        (Turn { last, finished: &self.finished }, shared)
    }

    /// The turn, unless another task has it.
    pub(super) fn try_turn(&self) -> Option<Turn<'_>> {
        let last = self.last.try_lock().ok()?;
        Some(Turn { last, finished: &self.finished })
    }

    /// Remembers that asking for a replacement of `token` is pointless until `until`. Without this,
    /// a call that can never succeed (another account type's API answers 40001 for ever) would cost
    /// a token call each time.
    pub(super) fn give_up_on(&self, token: AccessToken, until: i64) {
        *self.hopeless.lock().unwrap_or_else(PoisonError::into_inner) = Some((token, until));
    }

    /// Whether asking for a replacement of `token` is pointless at `now`.
    pub(super) fn is_hopeless(&self, token: &AccessToken, now: i64) -> bool {
        let hopeless = self.hopeless.lock().unwrap_or_else(PoisonError::into_inner);
        hopeless.as_ref().is_some_and(|(of, until)| of == token && now < *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a task gets that waits for its turn while another attempt for `need` ends with `outcome`.
    async fn waited_through(flight: &Flight, need: Need, outcome: Outcome) -> Option<Outcome> {
        let (mut turn, _) = flight.turn(&need).await;
        let attempt = async move {
            tokio::task::yield_now().await;
            turn.finish(need, &outcome);
        };
        let ((_turn, shared), ()) = tokio::join!(flight.turn(&Need::Fresh), attempt);
        shared
    }

    #[tokio::test]
    async fn a_task_that_waited_shares_the_failure_and_a_later_one_does_not() {
        let flight = Flight::default();
        let failure = Err(WechatError::TokenBusy);
        let shared = waited_through(&flight, Need::Fresh, failure).await;
        assert!(matches!(shared, Some(Err(WechatError::TokenBusy))));
        assert!(flight.turn(&Need::Fresh).await.1.is_none(), "came after the failure");
    }

    #[tokio::test]
    async fn neither_success_nor_another_needs_failure_is_shared() {
        let flight = Flight::default();
        let other = Need::OtherThan("t".into());
        assert!(waited_through(&flight, other, Ok(None)).await.is_none());
        let success = Ok(Some("t".into()));
        assert!(waited_through(&flight, Need::Fresh, success).await.is_none());
    }

    #[test]
    fn hopelessness_ends() {
        let flight = Flight::default();
        flight.give_up_on("t".into(), 130);
        assert!(flight.is_hopeless(&"t".into(), 129));
        assert!(!flight.is_hopeless(&"t".into(), 130));
        assert!(!flight.is_hopeless(&"u".into(), 129));
    }
}
