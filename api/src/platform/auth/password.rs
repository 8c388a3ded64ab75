//! Staff passwords: argon2id (OWASP's first recommendation: 19 MiB, two passes, one lane).

use std::fmt::Display;
use std::sync::Arc;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use tokio::sync::Semaphore;

use crate::platform::http::{AppError, AppResult};

/// Each hash takes 19 MiB; this many at a time.
const AT_ONCE: usize = 4;

/// How much is asked of the allocator for a hash, of which 19 MiB are touched. glibc keeps freed
/// blocks of up to 32 MiB for itself once it has seen one, and a handful of log-ins would leave the
/// process three times its size; a larger block always goes back to the system.
const RESERVED_BLOCKS: usize = 33 * 1024;

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
            let (params, salt) = (Params::DEFAULT, Salt::generate());
            let hash = PasswordHash {
                algorithm: ARGON2ID_IDENT,
                version: Some(Version::V0x13.into()),
                params: ParamsString::try_from(&params).map_err(failed)?,
                salt: Some(salt),
                hash: Some(derive(&password, &salt, params)?),
            };
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password is the one of `hash`; with `None`, takes as long and says no.
    ///
    /// # Errors
    /// The stored hash cannot be read.
    pub async fn verify(&self, password: String, hash: Option<String>) -> AppResult<bool> {
        self.blocking(move || {
            let stored = PasswordHash::new(hash.as_deref().unwrap_or(NOBODY)).map_err(failed)?;
            let (Some(salt), Some(wanted)) = (&stored.salt, stored.hash) else {
                return Err(failed("a stored hash without salt or output"));
            };
            if stored.algorithm != ARGON2ID_IDENT {
                return Err(failed("a stored hash of another algorithm"));
            }
            let found = derive(&password, salt, Params::try_from(&stored).map_err(failed)?)?;
            // Outputs compare in constant time.
            Ok(found == wanted && hash.is_some())
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

fn derive(password: &str, salt: &[u8], params: Params) -> AppResult<Output> {
    let blocks = params.block_count();
    let mut memory = Vec::with_capacity(blocks.max(RESERVED_BLOCKS));
    memory.resize(blocks, Block::default());
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    argon2
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut output, &mut memory)
        .map_err(failed)?;
    Output::new(&output).map_err(failed)
}

#[track_caller]
fn failed(cause: impl Display) -> AppError {
    AppError::internal(cause.to_string())
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

    #[tokio::test]
    async fn a_hash_of_another_program_is_understood() {
        // argon2id of "password" with the salt "somesalt", by the reference implementation's
        // parameters m=65536, t=2, p=1.
        let theirs = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$\
                      CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        let passwords = Passwords::default();
        assert!(passwords.verify("password".to_owned(), Some(theirs.to_owned())).await.unwrap());
    }
}
