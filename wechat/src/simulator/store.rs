//! The state that the simulators of several replicas share.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::client::StoreError;
use crate::clock::Clock;

/// Shared key-value storage. Keys are ASCII and shorter than 250 bytes.
#[async_trait]
pub trait SimulatorStore: Send + Sync + Debug {
    /// Sets `key`, replacing a former value and its time to live. `None` keeps it for good.
    async fn put(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<(), StoreError>;

    /// The value of `key`, unless it never was set, was taken, or has outlived its time.
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError>;

    /// Like `get`, and deletes the key in the same atomic step: of several takers exactly one gets
    /// the value.
    async fn take(&self, key: &str) -> Result<Option<String>, StoreError>;
}

/// A store within one process. Several simulators may share it.
#[derive(Debug)]
pub struct MemorySimulatorStore {
    clock: Arc<dyn Clock>,
    entries: Mutex<HashMap<String, Entry>>,
}

#[derive(Debug)]
struct Entry {
    value: String,
    ends_at: Option<i64>,
}

impl MemorySimulatorStore {
    /// An empty store whose times to live follow `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, entries: Mutex::new(HashMap::new()) }
    }

    fn with_living<T>(&self, act: impl FnOnce(&mut HashMap<String, Entry>, i64) -> T) -> T {
        let now = self.clock.now();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut entries, now)
    }
}

/// Entries beyond which a `put` looks for dead ones to drop.
const SWEEP_ABOVE: usize = 10_000;

#[async_trait]
impl SimulatorStore for MemorySimulatorStore {
    async fn put(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<(), StoreError> {
        self.with_living(|entries, now| {
            if entries.len() >= SWEEP_ABOVE {
                entries.retain(|_, entry| entry.is_alive(now));
            }
            let seconds = ttl.map(|ttl| i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX));
            let ends_at = seconds.map(|seconds| now.saturating_add(seconds));
            entries.insert(key.to_owned(), Entry { value: value.to_owned(), ends_at });
        });
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self.with_living(|entries, now| {
            entries.get(key).filter(|entry| entry.is_alive(now)).map(|entry| entry.value.clone())
        }))
    }

    async fn take(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self.with_living(|entries, now| {
            entries.remove(key).filter(|entry| entry.is_alive(now)).map(|entry| entry.value)
        }))
    }
}

impl Entry {
    fn is_alive(&self, now: i64) -> bool {
        self.ends_at.is_none_or(|ends_at| now < ends_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    #[tokio::test]
    async fn values_live_as_long_as_the_clock_says() -> Result<(), StoreError> {
        let clock = Arc::new(ManualClock::new(1000));
        let store = MemorySimulatorStore::new(Arc::clone(&clock) as Arc<dyn Clock>);
        store.put("short", "v", Some(Duration::from_secs(10))).await?;
        store.put("long", "v", None).await?;
        clock.advance(9);
        assert_eq!(store.get("short").await?.as_deref(), Some("v"));
        clock.advance(1);
        assert_eq!(store.get("short").await?, None);
        assert_eq!(store.take("short").await?, None);
        assert_eq!(store.get("long").await?.as_deref(), Some("v"));
        Ok(())
    }

    #[tokio::test]
    async fn a_value_is_taken_once() -> Result<(), StoreError> {
        let store = MemorySimulatorStore::new(Arc::new(ManualClock::new(0)));
        store.put("k", "v", None).await?;
        assert_eq!(store.take("k").await?.as_deref(), Some("v"));
        assert_eq!(store.take("k").await?, None);
        Ok(())
    }
}
