//! A keyed hash beside an encrypted field: finds the row of an exact value without storing it. The
//! name of the key travels with the hash, so that keys can be changed while rows are looked up.
//!
//! Layout: version (1), length of key id (1), key id, HMAC-SHA-256 (32).

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::head;
use crate::platform::config;
use crate::platform::http::{AppError, AppResult};

#[derive(Clone)]
pub struct BlindIndex {
    /// The first indexes, all are looked up.
    first: (Vec<u8>, Hmac<Sha256>),
    rest: Vec<(Vec<u8>, Hmac<Sha256>)>,
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindIndex")
    }
}

impl BlindIndex {
    /// # Errors
    /// No key, or one that is not hexadecimal.
    pub fn new(keys: &[config::Key]) -> AppResult<Self> {
        let mut keys = keys.iter().map(|key| {
            let bytes = hex::decode(key.secret.expose()).map_err(AppError::internal)?;
            let bytes = Zeroizing::new(bytes);
            let mac = Hmac::new_from_slice(&bytes).map_err(AppError::internal)?;
            AppResult::Ok((head(&key.id), mac))
        });
        let first = keys.next().ok_or_else(|| AppError::internal("no index key"))??;
        Ok(Self { first, rest: keys.collect::<AppResult<_>>()? })
    }

    /// The same value gives the same index for one purpose, and another one for another.
    #[must_use]
    pub fn of(&self, purpose: &str, value: &str) -> Vec<u8> {
        index(&self.first, purpose, value)
    }

    /// Under every key that a row may still be indexed with: what a look-up compares with.
    #[must_use]
    pub fn all_of(&self, purpose: &str, value: &str) -> Vec<Vec<u8>> {
        let keys = std::iter::once(&self.first).chain(&self.rest);
        keys.map(|key| index(key, purpose, value)).collect()
    }

    /// As [`of`](Self::of) without the key's name, for what is compared in memory.
    #[must_use]
    pub fn array(&self, purpose: &str, value: &str) -> [u8; 32] {
        hash(&self.first.1, purpose, value)
    }

    /// What an index under the first key begins with.
    pub(super) fn head(&self) -> &[u8] {
        &self.first.0
    }
}

fn index((head, mac): &(Vec<u8>, Hmac<Sha256>), purpose: &str, value: &str) -> Vec<u8> {
    [head.as_slice(), &hash(mac, purpose, value)].concat()
}

fn hash(mac: &Hmac<Sha256>, purpose: &str, value: &str) -> [u8; 32] {
    let mut mac = mac.clone();
    mac.update(purpose.as_bytes());
    mac.update(&[0]);
    mac.update(value.as_bytes());
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str, digit: char) -> config::Key {
        let secret = config::Secret::new(digit.to_string().repeat(64));
        config::Key { id: id.to_owned(), secret }
    }

    #[test]
    fn a_value_is_found_under_an_old_key_and_not_under_another_purpose() {
        let old = BlindIndex::new(&[key("k1", '1')]).unwrap();
        let new = BlindIndex::new(&[key("k2", '2'), key("k1", '1')]).unwrap();
        let stored = old.of("account.phone", "13800138000");
        assert!(new.all_of("account.phone", "13800138000").contains(&stored));
        assert!(!new.all_of("account.phone", "13800138001").contains(&stored));
        assert!(!new.all_of("complaint.phone", "13800138000").contains(&stored));
        assert_ne!(new.of("account.phone", "13800138000"), stored);
        assert!(BlindIndex::new(&[]).is_err());
    }
}
