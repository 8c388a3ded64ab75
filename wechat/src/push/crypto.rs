//! Encryption of pushes and answers (Tencent: "message encryption"; protocol 3.3).
//!
//! AES-256-CBC with the first half of the key as IV. The plain text is 16 random bytes, the message
//! length as four big-endian bytes, the message, the appid, and PKCS#7 padding to a multiple of
//! **32** bytes, so that a pad may be longer than an AES block and an ordinary unpadder fails on
//! every second message.

use std::fmt;

use aes::Aes256;
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, STANDARD};
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use cbc::{Decryptor, Encryptor};
use zeroize::Zeroizing;

use crate::random;

/// Characters of an EncodingAESKey.
const KEY_TEXT: usize = 43;
const BLOCK: usize = 16;
const PAD: usize = 32;
const RANDOM: usize = 16;
const LENGTH: usize = 4;

/// Most keys carry non-zero bits beyond their 256th, which strict decoders refuse.
const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));

/// The key of an account's push encryption.
#[derive(Clone)]
pub struct EncodingAesKey(Zeroizing<[u8; 32]>);

/// The text is not an EncodingAESKey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an EncodingAESKey is 43 letters and digits")]
pub struct KeyError;

/// Why a cipher text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CryptoError {
    /// Not base64.
    #[error("not base64")]
    Base64,
    /// Empty, or not a whole number of AES blocks.
    #[error("cipher text is empty or not a whole number of blocks")]
    CipherLength,
    /// The padding is not 1 to 32 equal bytes of that value: wrong key, or tampered with.
    #[error("padding is wrong")]
    Padding,
    /// The message length exceeds what is there.
    #[error("message length is wrong")]
    MessageLength,
    /// The message is for another appid.
    #[error("message is for another appid")]
    ForeignAppid,
    /// The message is not UTF-8.
    #[error("message is not UTF-8")]
    Utf8,
    /// The message to encrypt is longer than four bytes can say.
    #[error("message is too long")]
    TooLong,
}

impl fmt::Debug for EncodingAesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncodingAesKey(redacted)")
    }
}

impl EncodingAesKey {
    /// Reads the 43 characters shown in the console.
    ///
    /// # Errors
    /// When the text has another length or other characters.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let is_key = text.len() == KEY_TEXT && text.bytes().all(|b| b.is_ascii_alphanumeric());
        let bytes = if is_key { LENIENT.decode(text).ok() } else { None };
        let key: [u8; 32] = bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(KeyError)?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// The IV, which the protocol takes from the key.
    fn iv(&self) -> [u8; BLOCK] {
        let mut iv = [0; BLOCK];
        for (to, from) in iv.iter_mut().zip(self.0.iter()) {
            *to = *from;
        }
        iv
    }

    /// Encrypts `message` for `appid`, as standard base64.
    ///
    /// # Errors
    /// Only when the message exceeds 4 GiB.
    pub fn encrypt(&self, message: &str, appid: &str) -> Result<String, CryptoError> {
        self.encrypt_with(&random::bytes(), message, appid)
    }

    /// [`encrypt`](Self::encrypt) with the 16 random bytes given, which must not be used twice with
    /// one key: for published vectors.
    ///
    /// # Errors
    /// Only when the message exceeds 4 GiB.
    pub fn encrypt_with(
        &self,
        random: &[u8; RANDOM],
        message: &str,
        appid: &str,
    ) -> Result<String, CryptoError> {
        let length = u32::try_from(message.len()).ok().ok_or(CryptoError::TooLong)?;
        let mut buffer = Vec::with_capacity(RANDOM + LENGTH + message.len() + appid.len() + PAD);
        buffer.extend_from_slice(random);
        buffer.extend_from_slice(&length.to_be_bytes());
        buffer.extend_from_slice(message.as_bytes());
        buffer.extend_from_slice(appid.as_bytes());
        let pad = PAD - buffer.len() % PAD;
        // The pad is 1..=32, so the conversion cannot fail.
        buffer.resize(buffer.len() + pad, u8::try_from(pad).unwrap_or_default());
        let length = buffer.len();
        let cipher = Encryptor::<Aes256>::new(&(*self.0).into(), &self.iv().into());
        let sealed = cipher.encrypt_padded::<NoPadding>(&mut buffer, length);
        Ok(STANDARD.encode(sealed.ok().ok_or(CryptoError::CipherLength)?))
    }

    /// Decrypts base64 `encrypt`, which must be for `appid`.
    ///
    /// # Errors
    /// See [`CryptoError`]. Check the signature first: these errors tell an attacker about the
    /// plain text.
    pub fn decrypt(&self, encrypt: &str, appid: &str) -> Result<String, CryptoError> {
        let mut buffer = STANDARD.decode(encrypt).ok().ok_or(CryptoError::Base64)?;
        if buffer.is_empty() || buffer.len() % BLOCK != 0 {
            return Err(CryptoError::CipherLength);
        }
        let cipher = Decryptor::<Aes256>::new(&(*self.0).into(), &self.iv().into());
        let plain = cipher.decrypt_padded::<NoPadding>(&mut buffer);
        let plain = unpad(plain.ok().ok_or(CryptoError::CipherLength)?)?;
        let short = CryptoError::MessageLength;
        let (_random, rest) = plain.split_at_checked(RANDOM).ok_or(short)?;
        let (length, rest) = rest.split_first_chunk::<LENGTH>().ok_or(short)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok().ok_or(short)?;
        let (message, id) = rest.split_at_checked(length).ok_or(short)?;
        if id != appid.as_bytes() {
            return Err(CryptoError::ForeignAppid);
        }
        String::from_utf8(message.to_vec()).ok().ok_or(CryptoError::Utf8)
    }
}

/// Strips 1 to 32 bytes that all hold their number.
fn unpad(plain: &[u8]) -> Result<&[u8], CryptoError> {
    let pad = plain.last().copied().unwrap_or_default();
    let count = usize::from(pad);
    if count == 0 || count > PAD {
        return Err(CryptoError::Padding);
    }
    let kept = plain.len().checked_sub(count).ok_or(CryptoError::Padding)?;
    let (plain, padding) = plain.split_at_checked(kept).ok_or(CryptoError::Padding)?;
    if padding.iter().all(|byte| *byte == pad) { Ok(plain) } else { Err(CryptoError::Padding) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "wx0123456789abcdef";

    fn key() -> Result<EncodingAesKey, KeyError> {
        EncodingAesKey::parse("Zx8Qm3Lr7Tn2Vb6Yc1Wd5Ke9Ha4Jf0Gs8Pu3Ri7Ot2N")
    }

    /// Encrypts a plain text as it is, to make what no honest sender would.
    fn seal(plain: &[u8]) -> Result<String, KeyError> {
        let key = key()?;
        let mut buffer = plain.to_vec();
        let cipher = Encryptor::<Aes256>::new(&(*key.0).into(), &key.iv().into());
        let sealed = cipher.encrypt_padded::<NoPadding>(&mut buffer, plain.len());
        Ok(STANDARD.encode(sealed.ok().ok_or(KeyError)?))
    }

    /// Random bytes, length, message, appid and a pad of `pad` bytes with value `value`.
    fn plain(length: u32, message: &str, pad: usize, value: u8) -> Vec<u8> {
        let mut plain = vec![b'r'; RANDOM];
        plain.extend_from_slice(&length.to_be_bytes());
        plain.extend_from_slice(message.as_bytes());
        plain.extend_from_slice(APP.as_bytes());
        plain.extend(std::iter::repeat_n(value, pad));
        plain
    }

    #[test]
    fn keys_are_43_letters_and_digits() {
        for text in ["", "short", &"A".repeat(42), &"A".repeat(44), &format!("{}=", "A".repeat(42))]
        {
            assert_eq!(EncodingAesKey::parse(text).err(), Some(KeyError), "{text}");
        }
        assert!(EncodingAesKey::parse(&"A".repeat(43)).is_ok());
    }

    #[test]
    fn a_hand_made_message_decrypts() -> Result<(), KeyError> {
        // 16 + 4 + 3 + 18 = 41 bytes, so a pad of 23 fills two blocks of 32.
        let encrypt = seal(&plain(3, "abc", 23, 23))?;
        assert_eq!(key()?.decrypt(&encrypt, APP).as_deref(), Ok("abc"));
        Ok(())
    }

    #[test]
    fn wrong_pads_are_refused() -> Result<(), KeyError> {
        for (pad, value) in [(23, 0), (23, 24), (23, 33), (39, 39), (23, 255)] {
            let encrypt = seal(&plain(3, "abc", pad, value))?;
            assert_eq!(key()?.decrypt(&encrypt, APP), Err(CryptoError::Padding), "{pad} {value}");
        }
        // A pad longer than the whole text.
        assert_eq!(key()?.decrypt(&seal(&[32; 16])?, APP), Err(CryptoError::Padding));
        Ok(())
    }

    #[test]
    fn a_length_beyond_the_end_is_refused() -> Result<(), KeyError> {
        for length in [22, 100, u32::MAX] {
            let encrypt = seal(&plain(length, "abc", 23, 23))?;
            assert_eq!(key()?.decrypt(&encrypt, APP), Err(CryptoError::MessageLength), "{length}");
        }
        // Too short to hold even the length.
        assert_eq!(key()?.decrypt(&seal(&[16; 32])?, APP), Err(CryptoError::MessageLength));
        Ok(())
    }

    #[test]
    fn a_length_that_moves_bytes_between_message_and_appid_is_refused() -> Result<(), KeyError> {
        for length in [2, 4] {
            let encrypt = seal(&plain(length, "abc", 23, 23))?;
            assert_eq!(key()?.decrypt(&encrypt, APP), Err(CryptoError::ForeignAppid), "{length}");
        }
        Ok(())
    }

    #[test]
    fn cipher_texts_of_impossible_length_are_refused() -> Result<(), KeyError> {
        assert_eq!(key()?.decrypt("", APP), Err(CryptoError::CipherLength));
        assert_eq!(key()?.decrypt("AAAA", APP), Err(CryptoError::CipherLength));
        assert_eq!(key()?.decrypt("not base64!", APP), Err(CryptoError::Base64));
        Ok(())
    }

    #[test]
    fn random_bytes_differ_between_messages() -> Result<(), KeyError> {
        assert_ne!(key()?.encrypt("same", APP), key()?.encrypt("same", APP));
        Ok(())
    }
}
