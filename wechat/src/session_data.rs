//! What a mini-program client hands over together with its session key (protocol 2.2, 2.4).

use std::fmt;

use aes::Aes128;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::digest::{equal, hmac_sha256, sha1_hex};
use crate::secret::{OpenId, SessionKey, UnionId};

/// Why open data cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionDataError {
    /// Session key, IV or data is not base64 of the right length.
    #[error("session key, iv or data is not base64 of the right length")]
    Encoding,
    /// It does not decrypt to JSON. Usually the session key was rotated: let the client log in
    /// again and produce fresh data (protocol 2.4).
    #[error("data does not decrypt under this session key")]
    Decrypt,
    /// The watermark names another app.
    #[error("the watermark names another appid")]
    ForeignWatermark,
    /// The decrypted JSON lacks a promised field.
    #[error("a promised field is missing or has another type")]
    Shape,
}

/// Decrypted open data.
#[derive(Clone, PartialEq)]
pub struct OpenData {
    /// The whole JSON object; the platform may add fields at any time.
    pub fields: Value,
    /// When the data was produced (Unix seconds), for judging its freshness.
    pub issued_at: i64,
}

impl fmt::Debug for OpenData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenData").field("issued_at", &self.issued_at).finish_non_exhaustive()
    }
}

impl OpenData {
    /// The fields as a type of the caller's.
    ///
    /// # Errors
    /// [`SessionDataError::Shape`] when they do not fit.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, SessionDataError> {
        // serde's error may quote personal data.
        T::deserialize(&self.fields).map_err(|_quotes_the_value| SessionDataError::Shape)
    }
}

/// The profile part of open data (Tencent: `wx.getUserInfo`, old style).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserInfo {
    /// The user in this mini-program.
    pub open_id: OpenId,
    /// The person across apps, when bound.
    pub union_id: Option<UnionId>,
}

/// The phone part of open data (Tencent: the phone button, old style).
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PhoneData {
    /// Never with area code.
    pub pure_phone_number: String,
    /// Area code without plus sign, `86` for the mainland.
    pub country_code: String,
}

impl fmt::Debug for PhoneData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneData(redacted)")
    }
}

#[derive(Deserialize)]
struct Watermark {
    timestamp: i64,
    appid: String,
}

/// Decrypts `encryptedData` (base64) with `iv` (base64): AES-128-CBC, PKCS#7, and checks that its
/// watermark names `appid` (Tencent: "open data verification"; protocol 2.4).
///
/// # Errors
/// See [`SessionDataError`].
pub fn decrypt(
    session_key: &SessionKey,
    iv: &str,
    encrypted_data: &str,
    appid: &str,
) -> Result<OpenData, SessionDataError> {
    let decode = |text: &str| STANDARD.decode(text).ok().ok_or(SessionDataError::Encoding);
    let key = decode(session_key.expose())?;
    let iv = decode(iv)?;
    let mut data = decode(encrypted_data)?;
    let cipher = Decryptor::<Aes128>::new_from_slices(&key, &iv);
    let cipher = cipher.ok().ok_or(SessionDataError::Encoding)?;
    let plain = cipher.decrypt_padded::<Pkcs7>(&mut data).ok().ok_or(SessionDataError::Decrypt)?;
    let fields: Value = serde_json::from_slice(plain).ok().ok_or(SessionDataError::Decrypt)?;
    let watermark = fields.get("watermark").ok_or(SessionDataError::Shape)?;
    let watermark = Watermark::deserialize(watermark).ok().ok_or(SessionDataError::Shape)?;
    if watermark.appid != appid {
        return Err(SessionDataError::ForeignWatermark);
    }
    Ok(OpenData { fields, issued_at: watermark.timestamp })
}

/// The inverse of [`decrypt`], as the platform does it: base64 of the encrypted text. `None` for a
/// key of another length.
#[cfg(feature = "simulator")]
pub(crate) fn encrypt(session_key: &SessionKey, iv: &[u8; 16], plain: &[u8]) -> Option<String> {
    use cbc::cipher::BlockModeEncrypt;

    let key = STANDARD.decode(session_key.expose()).ok()?;
    let cipher = cbc::Encryptor::<Aes128>::new_from_slices(&key, iv).ok()?;
    // Padding adds one to sixteen bytes.
    let mut buffer = plain.to_vec();
    buffer.resize(plain.len() + 16, 0);
    let sealed = cipher.encrypt_padded::<Pkcs7>(&mut buffer, plain.len()).ok()?;
    Some(STANDARD.encode(sealed))
}

/// Whether `signature` (lower-case hex) belongs to `raw_data`, the exact text received (protocol
/// 2.4).
pub fn verify_raw_data(session_key: &SessionKey, raw_data: &str, signature: &str) -> bool {
    let expected = sha1_hex([raw_data.as_bytes(), session_key.expose().as_bytes()]);
    equal(&expected, signature)
}

/// The `signature` parameter of the session-key calls: lower-case hex HMAC-SHA256 of an empty
/// message, keyed with the *text* of the session key, not with the bytes it encodes (protocol 2.2).
pub fn session_signature(session_key: &SessionKey) -> String {
    hex::encode(hmac_sha256(session_key.expose().as_bytes(), b""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODw==";
    const IV: &str = "EBESExQVFhcYGRobHB0eHw==";

    #[test]
    fn malformed_inputs_are_typed_errors() {
        for (key, iv, data) in [("short", IV, "AAAA"), (KEY, "AAAA", "AAAA"), (KEY, IV, "%%%")] {
            let result = decrypt(&key.into(), iv, data, "wx");
            assert_eq!(result, Err(SessionDataError::Encoding), "{key} {iv} {data}");
        }
        for data in ["", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA=="] {
            let result = decrypt(&KEY.into(), IV, data, "wx");
            assert_eq!(result, Err(SessionDataError::Decrypt), "{data}");
        }
    }

    #[test]
    #[cfg(feature = "simulator")]
    fn what_is_encrypted_decrypts() {
        let plain = br#"{"a":1,"watermark":{"timestamp":7,"appid":"wx"}}"#;
        let iv = [7; 16];
        let data = encrypt(&KEY.into(), &iv, plain).unwrap_or_default();
        let opened = decrypt(&KEY.into(), &STANDARD.encode(iv), &data, "wx");
        assert_eq!(opened.map(|data| data.issued_at), Ok(7));
        assert_eq!(encrypt(&"short".into(), &iv, plain), None);
    }

    #[test]
    fn raw_data_signature_covers_every_byte() {
        let key = SessionKey::new(KEY);
        let signature = sha1_hex([b"{\"a\":1}".as_slice(), KEY.as_bytes()]);
        assert!(verify_raw_data(&key, "{\"a\":1}", &signature));
        assert!(!verify_raw_data(&key, "{\"a\": 1}", &signature));
        assert!(!verify_raw_data(&key, "{\"a\":1}", ""));
    }
}
