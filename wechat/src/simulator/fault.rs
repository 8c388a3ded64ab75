//! Faults to order (protocol 7, item 8).

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing is done and this code is answered.
    Errcode(i64),
    /// The call is processed, but only after this much real time.
    Latency(Duration),
    /// Nothing is done and a gateway answers with this HTTP status and an HTML page.
    Status(u16),
    /// The call is processed, but half of the reply is missing.
    Truncated,
    /// The call is processed, but the connection breaks before the reply.
    Closed,
    /// Nothing is done and the access token is refused (40001) although the token endpoint calls it
    /// valid.
    TokenRejected,
}

/// Faults waiting for calls, per path, in the order injected.
#[derive(Debug, Default)]
pub(super) struct Faults {
    by_path: Mutex<HashMap<String, VecDeque<(Fault, u32)>>>,
}

impl Faults {
    pub(super) fn inject(&self, path: &str, fault: Fault, times: u32) {
        if times > 0 {
            let mut by_path = self.by_path.lock().unwrap_or_else(PoisonError::into_inner);
            by_path.entry(path.to_owned()).or_default().push_back((fault, times));
        }
    }

    pub(super) fn clear(&self) {
        self.by_path.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The fault for the next call to `path`.
    pub(super) fn next(&self, path: &str) -> Option<Fault> {
        let mut by_path = self.by_path.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = by_path.get_mut(path)?;
        let (fault, left) = queue.front_mut()?;
        let fault = *fault;
        *left -= 1;
        if *left == 0 {
            queue.pop_front();
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_hit_in_order_and_as_often_as_asked() {
        let faults = Faults::default();
        faults.inject("/a", Fault::Errcode(-1), 2);
        faults.inject("/a", Fault::Truncated, 1);
        faults.inject("/b", Fault::Closed, 0);
        assert_eq!(faults.next("/a"), Some(Fault::Errcode(-1)));
        assert_eq!(faults.next("/b"), None);
        assert_eq!(faults.next("/a"), Some(Fault::Errcode(-1)));
        assert_eq!(faults.next("/a"), Some(Fault::Truncated));
        assert_eq!(faults.next("/a"), None);
    }
}
