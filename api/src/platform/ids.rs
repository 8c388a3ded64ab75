//! The only home of randomness: identifiers, tokens, seeds.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

use super::clock::Clock;

/// Digits of a number that people read aloud: no 0/O, 1/I/L, U.
const READABLE: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";

#[derive(Clone)]
pub struct Ids {
    clock: Arc<dyn Clock>,
    rng: Arc<Mutex<StdRng>>,
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}

impl Ids {
    /// Seeded by the operating system.
    #[must_use]
    pub fn from_os(clock: Arc<dyn Clock>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one home of randomness")]
        let rng = StdRng::from_rng(&mut rand::rng());
        Self { clock, rng: Arc::new(Mutex::new(rng)) }
    }

    /// The same sequence for the same seed, for tests that must repeat.
    #[must_use]
    pub fn from_seed(clock: Arc<dyn Clock>, seed: u64) -> Self {
        Self { clock, rng: Arc::new(Mutex::new(StdRng::seed_from_u64(seed))) }
    }

    pub fn fill(&self, bytes: &mut [u8]) {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }

    #[must_use]
    pub fn seed(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// UUIDv7: sorts by creation, and fits a JavaScript string where a 64-bit number would not fit
    /// a JavaScript number.
    #[must_use]
    pub fn id(&self) -> Uuid {
        let millis = u64::try_from(self.clock.now().timestamp_millis()).unwrap_or_default();
        let mut random = [0; 10];
        self.fill(&mut random);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// UUIDv4: tells nothing, not even when.
    #[must_use]
    pub fn random_id(&self) -> Uuid {
        let mut random = [0; 16];
        self.fill(&mut random);
        uuid::Builder::from_random_bytes(random).into_uuid()
    }

    /// 256 bits as URL-safe text.
    #[must_use]
    pub fn token(&self) -> String {
        let mut bytes = [0; 32];
        self.fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// `length` readable characters, about 4.9 bits each.
    #[must_use]
    pub fn readable(&self, length: usize) -> String {
        let mut text = String::with_capacity(length);
        let mut byte = [0];
        while text.len() < length {
            self.fill(&mut byte);
            // 240 = 8 × 30: bytes above would make the first digits more likely.
            if byte[0] < 240
                && let Some(digit) = READABLE.get(usize::from(byte[0]) % READABLE.len())
            {
                text.push(char::from(*digit));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::clock::ManualClock;

    #[test]
    fn ids_sort_by_time_and_repeat_by_seed() {
        let clock = Arc::new(ManualClock::at("2026-11-20T00:00:00Z".parse().unwrap()));
        let ids = Ids::from_seed(clock.clone(), 1);
        let first = ids.id();
        clock.advance(chrono::TimeDelta::milliseconds(1));
        assert!(first < ids.id());
        assert_eq!(first.get_version_num(), 7);
        clock.advance(chrono::TimeDelta::milliseconds(-1));
        assert_eq!(Ids::from_seed(clock, 1).id(), first);
    }

    #[test]
    fn readable_numbers_have_no_look_alikes() {
        let ids = Ids::from_seed(Arc::new(ManualClock::at(chrono::DateTime::UNIX_EPOCH)), 2);
        let text = ids.readable(200);
        assert_eq!(text.len(), 200);
        assert!(!text.contains(['0', 'O', '1', 'I', 'L', 'U']));
    }
}
