//! A keyed hash beside an encrypted field: finds the row of an exact value without storing it.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::platform::config::Secret;
use crate::platform::http::{AppError, AppResult};

#[derive(Clone)]
pub struct BlindIndex(Hmac<Sha256>);

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindIndex")
    }
}

impl BlindIndex {
    /// # Errors
    /// The key is not hexadecimal.
    pub fn new(key: &Secret) -> AppResult<Self> {
        let bytes = hex::decode(key.expose()).map_err(AppError::internal)?;
        Hmac::new_from_slice(&bytes).map(Self).map_err(AppError::internal)
    }

    /// The same value gives the same index for one purpose, and another one for another.
    #[must_use]
    pub fn of(&self, purpose: &str, value: &str) -> Vec<u8> {
        let mut mac = self.0.clone();
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }
}
