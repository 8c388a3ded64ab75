//! Where the replicas of one service share an app's access token.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::stored::StoredToken;

/// Any error of a store; it becomes the source of
/// [`WechatError::TokenStore`](crate::WechatError::TokenStore).
pub type StoreError = Box<dyn Error + Send + Sync>;

/// Shared storage of one row per appid: a token and a lease on the right to replace it (protocol
/// 1.5).
///
/// A SQL implementation is one table `(appid primary key, lease_holder, lease_until, token…)`; the
/// statements are named at each method. All times are Unix seconds of the caller's
/// [`Clock`](crate::Clock), passed in so that the store needs none.
#[async_trait]
pub trait TokenStore: Send + Sync + Debug {
    /// The current token of `appid`, expired or not.
    async fn load(&self, appid: &str) -> Result<Option<StoredToken>, StoreError>;

    /// Takes the lease until `until`, or extends it when `holder` has it. False when another holds
    /// it at `now`.
    ///
    /// `INSERT … ON CONFLICT (appid) DO UPDATE SET lease_holder = :holder, lease_until = :until
    /// WHERE lease_holder IS NULL OR lease_holder = :holder OR lease_until <= :now`, true when a
    /// row changed.
    async fn try_lease(
        &self,
        appid: &str,
        holder: &str,
        now: i64,
        until: i64,
    ) -> Result<bool, StoreError>;

    /// Replaces the token if `holder` still has the lease. False when another has taken it.
    ///
    /// `UPDATE … SET token = … WHERE appid = :appid AND lease_holder = :holder`, true when a row
    /// changed. An expired lease that nobody took counts as held.
    async fn store(
        &self,
        appid: &str,
        holder: &str,
        token: StoredToken,
    ) -> Result<bool, StoreError>;

    /// Gives the lease up if `holder` has it.
    ///
    /// `UPDATE … SET lease_holder = NULL, lease_until = NULL WHERE appid = :appid AND lease_holder
    /// = :holder`.
    async fn release(&self, appid: &str, holder: &str) -> Result<(), StoreError>;
}

/// A store for one process: for tests, and for a service with a single replica.
#[derive(Debug, Default)]
pub struct MemoryTokenStore {
    rows: Mutex<HashMap<String, Row>>,
}

#[derive(Debug, Default)]
struct Row {
    token: Option<StoredToken>,
    lease: Option<(String, i64)>,
}

impl MemoryTokenStore {
    fn with_row<T>(&self, appid: &str, act: impl FnOnce(&mut Row) -> T) -> T {
        // A panic elsewhere cannot leave a row half written, so a poisoned lock is still good.
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        act(rows.entry(appid.to_owned()).or_default())
    }
}

impl Row {
    fn is_held_by(&self, holder: &str) -> bool {
        self.lease.as_ref().is_some_and(|(by, _)| by == holder)
    }
}

#[async_trait]
impl TokenStore for MemoryTokenStore {
    async fn load(&self, appid: &str) -> Result<Option<StoredToken>, StoreError> {
        Ok(self.with_row(appid, |row| row.token.clone()))
    }

    async fn try_lease(
        &self,
        appid: &str,
        holder: &str,
        now: i64,
        until: i64,
    ) -> Result<bool, StoreError> {
        Ok(self.with_row(appid, |row| {
            let is_free = row.lease.as_ref().is_none_or(|(_, ends_at)| *ends_at <= now);
            let granted = is_free || row.is_held_by(holder);
            if granted {
                row.lease = Some((holder.to_owned(), until));
            }
            granted
        }))
    }

    async fn store(
        &self,
        appid: &str,
        holder: &str,
        token: StoredToken,
    ) -> Result<bool, StoreError> {
        Ok(self.with_row(appid, |row| {
            let held = row.is_held_by(holder);
            if held {
                row.token = Some(token);
            }
            held
        }))
    }

    async fn release(&self, appid: &str, holder: &str) -> Result<(), StoreError> {
        self.with_row(appid, |row| {
            if row.is_held_by(holder) {
                row.lease = None;
            }
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "wx0123456789abcdef";

    fn token(text: &str) -> StoredToken {
        StoredToken::first(text.into(), 7200, 1000)
    }

    #[tokio::test]
    async fn a_lease_excludes_others_until_it_ends() -> Result<(), StoreError> {
        let store = MemoryTokenStore::default();
        assert!(store.try_lease(APP, "a", 100, 115).await?);
        assert!(!store.try_lease(APP, "b", 114, 130).await?);
        assert!(store.try_lease(APP, "a", 114, 130).await?, "the holder extends it");
        assert!(!store.try_lease(APP, "b", 129, 140).await?);
        assert!(store.try_lease(APP, "b", 130, 140).await?);
        Ok(())
    }

    #[tokio::test]
    async fn only_the_holder_stores() -> Result<(), StoreError> {
        let store = MemoryTokenStore::default();
        assert!(!store.store(APP, "a", token("t1")).await?);
        assert!(store.try_lease(APP, "a", 100, 115).await?);
        assert!(store.store(APP, "a", token("t2")).await?);
        assert!(store.try_lease(APP, "b", 115, 130).await?);
        assert!(!store.store(APP, "a", token("t3")).await?, "the lease was lost");
        assert_eq!(store.load(APP).await?, Some(token("t2")));
        Ok(())
    }

    #[tokio::test]
    async fn only_the_holder_releases_and_apps_are_apart() -> Result<(), StoreError> {
        let store = MemoryTokenStore::default();
        assert!(store.try_lease(APP, "a", 100, 115).await?);
        store.release(APP, "b").await?;
        assert!(!store.try_lease(APP, "b", 101, 116).await?);
        store.release(APP, "a").await?;
        assert!(store.try_lease(APP, "b", 101, 116).await?);
        assert!(store.try_lease("wxfedcba9876543210", "a", 101, 116).await?);
        Ok(())
    }
}
