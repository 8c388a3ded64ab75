//! The optional second layer of server API calls: encrypted bodies and signed responses (Tencent:
//! "server API signature and encryption"; protocol 4).
//!
//! These are the primitives; [`Client`](crate::Client) does not use them yet. Signing requests
//! needs a private key and is left out until the layer is switched on.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::random;

const TAG_LEN: usize = 16;

/// Why a sealed body or a signature was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiSecurityError {
    /// A key, IV, tag, body or signature is not base64 of the right length, or a key is not PEM.
    #[error("not base64 of the right length")]
    Encoding,
    /// The body was not sealed with this key for this call, or was tampered with.
    #[error("body is not authentic")]
    Body,
    /// The signature is not the platform's.
    #[error("signature is not authentic")]
    Signature,
    /// The plain text is not UTF-8.
    #[error("plain text is not UTF-8")]
    Utf8,
}

/// The call that a sealed body or a signature belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallContext<'a> {
    /// The full URL without query, `https://` included.
    pub url: &'a str,
    /// The mini-program.
    pub appid: &'a str,
    /// Unix seconds, as in the `Wechatmp-TimeStamp` header.
    pub timestamp: i64,
}

/// An encrypted body, as it goes over the wire. Its fields are base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedBody {
    /// 12 bytes.
    pub iv: String,
    /// The cipher text.
    pub data: String,
    /// 16 bytes.
    pub authtag: String,
}

/// The AES-256 key agreed in the console, with its number.
#[derive(Debug)]
pub struct SymmetricKey {
    serial: String,
    key: LessSafeKey,
}

impl SymmetricKey {
    /// A key from its number and its base64 form.
    ///
    /// # Errors
    /// When it is not base64 of 32 bytes.
    pub fn new(serial: impl Into<String>, base64: &str) -> Result<Self, ApiSecurityError> {
        let bytes = decode(base64)?;
        let key = UnboundKey::new(&AES_256_GCM, &bytes).ok().ok_or(ApiSecurityError::Encoding)?;
        Ok(Self { serial: serial.into(), key: LessSafeKey::new(key) })
    }

    /// Encrypts `plain` for a call.
    ///
    /// # Errors
    /// [`ApiSecurityError::Body`] when the plain text is too long for AES-GCM.
    pub fn seal(
        &self,
        context: &CallContext<'_>,
        plain: &str,
    ) -> Result<SealedBody, ApiSecurityError> {
        self.seal_with(random::bytes(), context, plain)
    }

    /// [`seal`](Self::seal) with the IV given, which must never be used twice with one key: for
    /// published vectors.
    ///
    /// # Errors
    /// As [`seal`](Self::seal).
    pub fn seal_with(
        &self,
        iv: [u8; NONCE_LEN],
        context: &CallContext<'_>,
        plain: &str,
    ) -> Result<SealedBody, ApiSecurityError> {
        let mut data = plain.as_bytes().to_vec();
        let nonce = Nonce::assume_unique_for_key(iv);
        let aad = Aad::from(self.aad(context));
        let tag = self.key.seal_in_place_separate_tag(nonce, aad, &mut data);
        let tag = tag.ok().ok_or(ApiSecurityError::Body)?;
        Ok(SealedBody {
            iv: STANDARD.encode(iv),
            data: STANDARD.encode(data),
            authtag: STANDARD.encode(tag.as_ref()),
        })
    }

    /// Decrypts the body of a call or of its response; the context of a response has the response's
    /// timestamp.
    ///
    /// The caller still checks `_appid`, `_timestamp` and the age of the plain text (protocol 4).
    ///
    /// # Errors
    /// See [`ApiSecurityError`].
    pub fn open(
        &self,
        context: &CallContext<'_>,
        body: &SealedBody,
    ) -> Result<String, ApiSecurityError> {
        let iv: [u8; NONCE_LEN] =
            decode(&body.iv)?.try_into().ok().ok_or(ApiSecurityError::Encoding)?;
        let tag = decode(&body.authtag)?;
        // A shorter tag would be a weaker one.
        if tag.len() != TAG_LEN {
            return Err(ApiSecurityError::Encoding);
        }
        let mut sealed = decode(&body.data)?;
        sealed.extend_from_slice(&tag);
        let nonce = Nonce::assume_unique_for_key(iv);
        let plain = self.key.open_in_place(nonce, Aad::from(self.aad(context)), &mut sealed);
        let plain = plain.ok().ok_or(ApiSecurityError::Body)?;
        String::from_utf8(plain.to_vec()).ok().ok_or(ApiSecurityError::Utf8)
    }

    fn aad(&self, context: &CallContext<'_>) -> String {
        let CallContext { url, appid, timestamp } = context;
        format!("{url}|{appid}|{timestamp}|{}", self.serial)
    }
}

/// The text that is signed: URL, appid, timestamp and the body byte for byte.
pub fn string_to_sign(context: &CallContext<'_>, body: &str) -> String {
    let CallContext { url, appid, timestamp } = context;
    format!("{url}\n{appid}\n{timestamp}\n{body}")
}

/// An RSA public key that verifies signatures: RSA-PSS, SHA-256, MGF1-SHA-256, 32 bytes of salt.
#[derive(Debug, Clone)]
pub struct VerifyingKey {
    key: UnparsedPublicKey<Vec<u8>>,
}

impl VerifyingKey {
    /// A key from its PEM form (`BEGIN PUBLIC KEY`).
    ///
    /// # Errors
    /// When it is not PEM. A key that is PEM and no RSA key fails on verification.
    pub fn from_pem(pem: &str) -> Result<Self, ApiSecurityError> {
        let body = pem
            .trim()
            .strip_prefix("-----BEGIN PUBLIC KEY-----")
            .and_then(|rest| rest.strip_suffix("-----END PUBLIC KEY-----"))
            .ok_or(ApiSecurityError::Encoding)?;
        let base64: String = body.split_ascii_whitespace().collect();
        let der = decode(&base64)?;
        Ok(Self { key: UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, der) })
    }

    /// Checks the base64 `signature` of a call or response.
    ///
    /// # Errors
    /// When it does not belong to this body, call and key.
    pub fn verify(
        &self,
        context: &CallContext<'_>,
        body: &str,
        signature: &str,
    ) -> Result<(), ApiSecurityError> {
        let signed = string_to_sign(context, body);
        let verified = self.key.verify(signed.as_bytes(), &decode(signature)?);
        verified.ok().ok_or(ApiSecurityError::Signature)
    }
}

fn decode(base64: &str) -> Result<Vec<u8>, ApiSecurityError> {
    STANDARD.decode(base64).ok().ok_or(ApiSecurityError::Encoding)
}
