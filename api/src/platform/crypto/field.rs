//! Field encryption: AES-256-GCM or SM4-GCM. The name of the key travels with the cipher text, so that
//! keys can be changed; the purpose is authenticated, so that a cipher text moved to another column
//! does not open.
//!
//! Layout: version (1), length of key id (1), key id, nonce (12), cipher text and tag.

use std::fmt;

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit, Nonce, Payload};
use aes_gcm::{Aes256Gcm, AesGcm};
use sm4::Sm4;
use zeroize::Zeroizing;

use super::{head, split};
use crate::platform::config::{self, FieldAlgorithm};
use crate::platform::http::{AppError, AppResult};
use crate::platform::ids::Ids;

const NONCE_BYTES: usize = 12;

/// SM4 in the mode of RFC 8998.
type Sm4Gcm = AesGcm<Sm4, U12>;

#[derive(Clone)]
enum Algorithm {
    Aes(Box<Aes256Gcm>),
    Sm4(Box<Sm4Gcm>),
}

#[derive(Clone)]
struct FieldKey {
    id: String,
    algorithm: Algorithm,
}

#[derive(Clone)]
pub struct FieldCipher {
    /// The first encrypts, all decrypt.
    keys: Vec<FieldKey>,
    ids: Ids,
}

impl fmt::Debug for FieldCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.keys.iter().map(|key| &key.id).collect();
        f.debug_struct("FieldCipher").field("keys", &ids).finish()
    }
}

#[derive(Debug, thiserror::Error)]
enum CipherError {
    #[error("a field key must be 64 hexadecimal digits, or 32 for SM4")]
    Key,
    #[error("an encrypted field is cut off or of an unknown version")]
    Layout,
    #[error("an encrypted field names a key that is not configured: {0}")]
    UnknownKey(String),
    #[error("an encrypted field does not open: wrong key, purpose, or tampered with")]
    Rejected,
}

impl Algorithm {
    fn new(key: &config::FieldKey) -> Option<Self> {
        let bytes = Zeroizing::new(hex::decode(key.secret.expose()).ok()?);
        Some(match key.algorithm {
            FieldAlgorithm::Aes256Gcm => {
                Self::Aes(Box::new(Aes256Gcm::new_from_slice(&bytes).ok()?))
            }
            FieldAlgorithm::Sm4Gcm => Self::Sm4(Box::new(Sm4Gcm::new_from_slice(&bytes).ok()?)),
        })
    }

    fn encrypt(&self, nonce: [u8; NONCE_BYTES], payload: Payload<'_, '_>) -> Option<Vec<u8>> {
        match self {
            Self::Aes(aes) => aes.encrypt(&Nonce::<Aes256Gcm>::from(nonce), payload).ok(),
            Self::Sm4(sm4) => sm4.encrypt(&Nonce::<Sm4Gcm>::from(nonce), payload).ok(),
        }
    }

    fn decrypt(&self, nonce: [u8; NONCE_BYTES], payload: Payload<'_, '_>) -> Option<Vec<u8>> {
        match self {
            Self::Aes(aes) => aes.decrypt(&Nonce::<Aes256Gcm>::from(nonce), payload).ok(),
            Self::Sm4(sm4) => sm4.decrypt(&Nonce::<Sm4Gcm>::from(nonce), payload).ok(),
        }
    }
}

impl FieldCipher {
    /// # Errors
    /// No key, or one that does not fit its algorithm.
    pub fn new(keys: &[config::FieldKey], ids: Ids) -> AppResult<Self> {
        let wrong = || AppError::internal(CipherError::Key);
        let keys: Vec<FieldKey> = keys
            .iter()
            .map(|key| {
                let algorithm = Algorithm::new(key).ok_or_else(wrong)?;
                Ok(FieldKey { id: key.id.clone(), algorithm })
            })
            .collect::<AppResult<_>>()?;
        if keys.is_empty() { Err(wrong()) } else { Ok(Self { keys, ids }) }
    }

    /// Encrypts for one purpose, such as `account.phone`.
    ///
    /// # Errors
    /// The content is longer than its algorithm takes (64 GiB).
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> AppResult<Vec<u8>> {
        let key = self.keys.first().ok_or_else(|| AppError::internal(CipherError::Key))?;
        let mut nonce = [0; NONCE_BYTES];
        self.ids.fill(&mut nonce);
        let payload = Payload { msg: plain, aad: purpose.as_bytes() };
        let sealed = key
            .algorithm
            .encrypt(nonce, payload)
            .ok_or_else(|| AppError::internal(CipherError::Rejected))?;
        Ok([head(&key.id).as_slice(), &nonce, &sealed].concat())
    }

    /// # Errors
    /// The field was tampered with, belongs to another purpose, or its key is gone.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> AppResult<Vec<u8>> {
        let layout = || AppError::internal(CipherError::Layout);
        let (id, rest) = split(sealed).ok_or_else(layout)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_BYTES>().ok_or_else(layout)?;
        let key = self.keys.iter().find(|key| key.id.as_bytes() == id).ok_or_else(|| {
            let id = String::from_utf8_lossy(id).into_owned();
            AppError::internal(CipherError::UnknownKey(id))
        })?;
        key.algorithm
            .decrypt(*nonce, Payload { msg: body, aad: purpose.as_bytes() })
            .ok_or_else(|| AppError::internal(CipherError::Rejected))
    }

    /// As [`open`](Self::open), for text.
    ///
    /// # Errors
    /// As `open`, or the content is no text.
    pub fn open_text(&self, purpose: &str, sealed: &[u8]) -> AppResult<String> {
        String::from_utf8(self.open(purpose, sealed)?).map_err(AppError::internal)
    }

    /// What a field under the first key begins with.
    pub(super) fn head(&self) -> Vec<u8> {
        self.keys.first().map(|key| head(&key.id)).unwrap_or_default()
    }

    /// Of every key: its id, and what a field under it begins with.
    pub(super) fn heads(&self) -> Vec<(String, Vec<u8>)> {
        self.keys.iter().map(|key| (key.id.clone(), head(&key.id))).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::platform::clock::SystemClock;

    fn key(id: &str, digit: char) -> config::FieldKey {
        let secret = config::Secret::new(digit.to_string().repeat(64));
        config::FieldKey { id: id.to_owned(), secret, algorithm: FieldAlgorithm::Aes256Gcm }
    }

    fn sm4(id: &str, digits: &str) -> config::FieldKey {
        let secret = config::Secret::new(digits);
        config::FieldKey { id: id.to_owned(), secret, algorithm: FieldAlgorithm::Sm4Gcm }
    }

    fn cipher(keys: &[config::FieldKey]) -> FieldCipher {
        FieldCipher::new(keys, Ids::from_seed(Arc::new(SystemClock), 1)).unwrap()
    }

    /// RFC 8998, appendix A.1.
    #[test]
    fn sm4_gcm_gives_the_published_cipher_text() {
        let Some(Algorithm::Sm4(gcm)) =
            Algorithm::new(&sm4("k", "0123456789abcdeffedcba9876543210"))
        else {
            panic!("a key of 32 digits")
        };
        let bytes = |digits: &str| hex::decode(digits).unwrap();
        let nonce: [u8; 12] = bytes("00001234567800000000abcd").try_into().unwrap();
        let plain = bytes(
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd\
             eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        );
        let aad = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let sealed = gcm.encrypt(&nonce.into(), Payload { msg: &plain, aad: &aad }).unwrap();
        let wanted = "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735\
                      d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d\
                      83de3541e4c2b58177e065a9bf7b62ec";
        assert_eq!(hex::encode(sealed), wanted);
    }

    #[test]
    fn keys_of_both_algorithms_live_side_by_side() {
        let (aes, sm4) = (key("a", '1'), sm4("s", &"2".repeat(32)));
        let sealed = cipher(std::slice::from_ref(&aes)).seal("p", b"x").unwrap();
        let mixed = cipher(&[sm4.clone(), aes.clone()]);
        assert_eq!(mixed.open("p", &sealed).unwrap(), b"x");
        let resealed = mixed.seal("p", b"x").unwrap();
        assert_eq!(cipher(std::slice::from_ref(&sm4)).open("p", &resealed).unwrap(), b"x");
        assert!(cipher(&[aes]).open("p", &resealed).is_err());
        for wrong in [
            vec![],
            vec![key("k", 'x')],
            vec![config::FieldKey { algorithm: FieldAlgorithm::Sm4Gcm, ..key("k", '1') }],
        ] {
            assert!(FieldCipher::new(&wrong, Ids::from_seed(Arc::new(SystemClock), 1)).is_err());
        }
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
