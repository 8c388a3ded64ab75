//! A setting that must not be printed.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use zeroize::Zeroize;

/// A secret text. `Debug` shows a placeholder, the memory is wiped on drop, and a value
/// `file:PATH` is replaced by the file's trimmed content.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "\"\"" } else { "[redacted]" })
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretVisitor)
    }
}

struct SecretVisitor;

impl Visitor<'_> for SecretVisitor {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or `file:PATH`")
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Secret, E> {
        let Some(path) = value.strip_prefix("file:") else {
            return Ok(Secret(value.to_owned()));
        };
        match std::fs::read_to_string(path) {
            Ok(content) => Ok(Secret(content.trim().to_owned())),
            Err(cause) => Err(E::custom(format!("cannot read the secret file {path}: {cause}"))),
        }
    }

    // The environment hands a secret of digits over as a number.
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Secret, E> {
        Ok(Secret(value.to_string()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Secret, E> {
        Ok(Secret(value.to_string()))
    }
}
