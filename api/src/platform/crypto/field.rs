//! Field encryption: AES-256-GCM. The name of the key travels with the cipher text, so that keys
//! can be changed; the purpose is authenticated, so that a cipher text moved to another column
//! does not open.
//!
//! Layout: version (1), length of key id (1), key id, nonce (12), cipher text and tag.

use std::fmt;

use aes_gcm::aead::{Aead, KeyInit, Nonce, Payload};
use aes_gcm::{Aes256Gcm, Key as AesKey};

use crate::platform::config;
use crate::platform::http::{AppError, AppResult};
use crate::platform::ids::Ids;

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 12;

#[derive(Clone)]
pub struct FieldCipher {
    /// The first encrypts, all decrypt.
    keys: Vec<(String, Aes256Gcm)>,
    ids: Ids,
}

impl fmt::Debug for FieldCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.keys.iter().map(|(id, _)| id).collect();
        f.debug_struct("FieldCipher").field("keys", &ids).finish()
    }
}

#[derive(Debug, thiserror::Error)]
enum CipherError {
    #[error("a field key must be 64 hexadecimal digits and its id at most 255 bytes")]
    Key,
    #[error("an encrypted field is cut off or of an unknown version")]
    Layout,
    #[error("an encrypted field names a key that is not configured: {0}")]
    UnknownKey(String),
    #[error("an encrypted field does not open: wrong key, purpose, or tampered with")]
    Rejected,
}

impl FieldCipher {
    /// # Errors
    /// A key is not 256 bits of hexadecimal digits.
    pub fn new(keys: &[config::Key], ids: Ids) -> AppResult<Self> {
        let keys = keys
            .iter()
            .map(|key| {
                let bytes = hex::decode(key.secret.expose()).unwrap_or_default();
                let key_bytes = AesKey::<Aes256Gcm>::try_from(bytes.as_slice());
                match key_bytes {
                    Ok(aes) if key.id.len() <= 255 => Ok((key.id.clone(), Aes256Gcm::new(&aes))),
                    _ => Err(AppError::internal(CipherError::Key)),
                }
            })
            .collect::<AppResult<Vec<_>>>()?;
        Ok(Self { keys, ids })
    }

    /// Encrypts for one purpose, such as `account.phone`.
    ///
    /// # Errors
    /// No key is configured.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> AppResult<Vec<u8>> {
        let (id, cipher) = self.keys.first().ok_or_else(|| AppError::internal(CipherError::Key))?;
        let mut nonce = [0; NONCE_BYTES];
        self.ids.fill(&mut nonce);
        let sealed = cipher
            .encrypt(
                &Nonce::<Aes256Gcm>::from(nonce),
                Payload { msg: plain, aad: purpose.as_bytes() },
            )
            .map_err(|_opaque| AppError::internal(CipherError::Rejected))?;
        let id_length = u8::try_from(id.len()).map_err(AppError::internal)?;
        let mut out = Vec::with_capacity(2 + id.len() + NONCE_BYTES + sealed.len());
        out.extend([VERSION, id_length]);
        out.extend(id.as_bytes());
        out.extend(nonce);
        out.extend(sealed);
        Ok(out)
    }

    /// # Errors
    /// The field was tampered with, belongs to another purpose, or its key is gone.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> AppResult<Vec<u8>> {
        let (id, nonce, body) =
            split(sealed).ok_or_else(|| AppError::internal(CipherError::Layout))?;
        let (_, cipher) =
            self.keys.iter().find(|(known, _)| known.as_bytes() == id).ok_or_else(|| {
                let id = String::from_utf8_lossy(id).into_owned();
                AppError::internal(CipherError::UnknownKey(id))
            })?;
        cipher
            .decrypt(
                &Nonce::<Aes256Gcm>::from(nonce),
                Payload { msg: body, aad: purpose.as_bytes() },
            )
            .map_err(|_opaque| AppError::internal(CipherError::Rejected))
    }

    /// As [`open`](Self::open), for text.
    ///
    /// # Errors
    /// As `open`, or the content is no text.
    pub fn open_text(&self, purpose: &str, sealed: &[u8]) -> AppResult<String> {
        String::from_utf8(self.open(purpose, sealed)?).map_err(AppError::internal)
    }
}

fn split(sealed: &[u8]) -> Option<(&[u8], [u8; NONCE_BYTES], &[u8])> {
    let ([VERSION, id_length], rest) = sealed.split_first_chunk::<2>()? else { return None };
    let (id, rest) = rest.split_at_checked(usize::from(*id_length))?;
    let (nonce, body) = rest.split_first_chunk::<NONCE_BYTES>()?;
    Some((id, *nonce, body))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::platform::clock::SystemClock;

    fn key(id: &str, digit: char) -> config::Key {
        let secret = config::Secret::new(digit.to_string().repeat(64));
        config::Key { id: id.to_owned(), secret }
    }

    fn cipher(keys: &[config::Key]) -> FieldCipher {
        FieldCipher::new(keys, Ids::from_seed(Arc::new(SystemClock), 1)).unwrap()
    }

    #[test]
    fn a_field_opens_for_its_purpose_only() {
        let cipher = cipher(&[key("k1", '1')]);
        let sealed = cipher.seal("account.phone", b"13800138000").unwrap();
        assert!(!sealed.windows(5).any(|w| w == b"13800"));
        assert_eq!(cipher.open_text("account.phone", &sealed).unwrap(), "13800138000");
        assert!(cipher.open("complaint.phone", &sealed).is_err());
        assert_ne!(sealed, cipher.seal("account.phone", b"13800138000").unwrap());
    }

    #[test]
    fn old_keys_still_open_and_unknown_ones_do_not() {
        let sealed = cipher(&[key("k1", '1')]).seal("p", b"x").unwrap();
        assert!(cipher(&[key("k2", '2'), key("k1", '1')]).open("p", &sealed).is_ok());
        assert!(cipher(&[key("k2", '2')]).open("p", &sealed).is_err());
        assert!(cipher(&[key("k1", '2')]).open("p", &sealed).is_err());
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let cipher = cipher(&[key("k1", '1')]);
        let sealed = cipher.seal("p", b"secret").unwrap();
        for i in 0..sealed.len() {
            let mut broken = sealed.clone();
            broken[i] ^= 1;
            assert!(cipher.open("p", &broken).is_err(), "byte {i}");
            assert!(cipher.open("p", &sealed[..i]).is_err(), "cut at {i}");
        }
    }
}
