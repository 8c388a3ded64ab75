//! Staff passwords: argon2id (OWASP's first recommendation: 19 MiB, two passes, one lane).

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::platform::http::{AppError, AppResult};

/// Each hash takes 19 MiB; this many at a time.
const AT_ONCE: usize = 4;

/// Verifying against this takes as long as against a real one, so that a log-in does not tell
/// whether the user name exists. Nobody knows its password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FuamluLW5vYm9keS0wMQ$\
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[derive(Clone, Debug)]
pub struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Passwords {
    /// A PHC string with a fresh salt. Takes some 20 ms of a thread for blocking work: never call
    /// it inside a transaction.
    ///
    /// # Errors
    /// The hash cannot be computed.
    pub async fn hash(&self, password: String) -> AppResult<String> {
        self.blocking(move || {
            let hash = Argon2::default().hash_password(password.as_bytes());
            hash.map(|hash| hash.to_string()).map_err(|cause| AppError::internal(cause.to_string()))
        })
        .await
    }

    /// Whether the password is the one of `hash`; with `None`, takes as long and says no.
    ///
    /// # Errors
    /// The stored hash cannot be read.
    pub async fn verify(&self, password: String, hash: Option<String>) -> AppResult<bool> {
        self.blocking(move || {
            let stored = hash.as_deref().unwrap_or(NOBODY);
            let parsed =
                PasswordHash::new(stored).map_err(|cause| AppError::internal(cause.to_string()))?;
            let matches = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
            Ok(matches && hash.is_some())
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> AppResult<T> + Send + 'static,
    ) -> AppResult<T> {
        let _place = self.0.acquire().await.map_err(AppError::internal)?;
        #[expect(clippy::disallowed_methods, reason = "awaited at once, not left running")]
        let task = tokio::task::spawn_blocking(work);
        task.await.map_err(AppError::internal)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.verify("correct horse".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("wrong".to_owned(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("correct horse".to_owned(), None).await.unwrap());
    }
}
