//! What was called, for assertions; and per-minute limits, which need the same count.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// Calls remembered; older ones are forgotten, so that a sandbox may run for months.
const REMEMBERED: usize = 10_000;

/// A call the simulator received.
#[derive(Clone, PartialEq)]
pub struct RecordedCall {
    /// When (Unix seconds of the simulator's clock).
    pub at: i64,
    /// HTTP method.
    pub method: String,
    /// Path.
    pub path: String,
    /// Query parameters, decoded.
    pub query: HashMap<String, String>,
    /// JSON body, or `Null`.
    pub body: Value,
    /// How it was answered.
    pub outcome: Outcome,
}

impl fmt::Debug for RecordedCall {
    /// Query and body hold credentials and personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedCall")
            .field("at", &self.at)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// How a call was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// With a JSON object carrying this code; 0 is success.
    Errcode(i64),
    /// With an HTTP status, by an injected fault.
    Status(u16),
    /// With 404, because the simulator does not know the path.
    UnknownPath,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    calls: VecDeque<RecordedCall>,
    limits: HashMap<String, u32>,
    /// Minute and calls in it, per limited path.
    minutes: HashMap<String, (i64, u32)>,
}

impl Ledger {
    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn record(&self, call: RecordedCall) {
        self.with(|inner| {
            if inner.calls.len() == REMEMBERED {
                inner.calls.pop_front();
            }
            inner.calls.push_back(call);
        });
    }

    pub(super) fn calls(&self, wanted: impl Fn(&RecordedCall) -> bool) -> Vec<RecordedCall> {
        self.with(|inner| inner.calls.iter().filter(|call| wanted(call)).cloned().collect())
    }

    pub(super) fn count(&self, path: &str) -> usize {
        self.with(|inner| inner.calls.iter().filter(|call| call.path == path).count())
    }

    pub(super) fn forget(&self) {
        self.with(|inner| inner.calls.clear());
    }

    pub(super) fn limit_per_minute(&self, path: &str, limit: u32) {
        self.with(|inner| inner.limits.insert(path.to_owned(), limit));
    }

    /// Counts a call to `path` and tells whether it is within the limit.
    pub(super) fn admit(&self, path: &str, now: i64) -> bool {
        self.with(|inner| {
            let Some(limit) = inner.limits.get(path).copied() else {
                return true;
            };
            let minute = now.div_euclid(60);
            let used = inner.minutes.entry(path.to_owned()).or_insert((minute, 0));
            if used.0 != minute {
                *used = (minute, 0);
            }
            used.1 = used.1.saturating_add(1);
            used.1 <= limit
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(path: &str) -> RecordedCall {
        RecordedCall {
            at: 0,
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: HashMap::from([("secret".to_owned(), "hush".to_owned())]),
            body: Value::Null,
            outcome: Outcome::Errcode(0),
        }
    }

    #[test]
    fn the_oldest_calls_are_forgotten() {
        let ledger = Ledger::default();
        ledger.record(call("/first"));
        for _ in 0..REMEMBERED {
            ledger.record(call("/later"));
        }
        assert_eq!(ledger.count("/first"), 0);
        assert_eq!(ledger.count("/later"), REMEMBERED);
    }

    #[test]
    fn limits_count_per_path_and_minute() {
        let ledger = Ledger::default();
        ledger.limit_per_minute("/a", 2);
        assert!(ledger.admit("/a", 0) && ledger.admit("/a", 59));
        assert!(!ledger.admit("/a", 59));
        assert!(ledger.admit("/b", 59));
        assert!(ledger.admit("/a", 60));
    }

    #[test]
    fn debug_hides_query_and_body() {
        assert!(!format!("{:?}", call("/a")).contains("hush"));
    }
}
