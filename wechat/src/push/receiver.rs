//! One account's push configuration at work: verify, decrypt, parse, answer (protocol 3.1–3.4).

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::crypto::{CryptoError, EncodingAesKey};
use super::fields::Fields;
use super::message::Incoming;
use super::reply::{Answer, Envelope, Format, Reply, ReplyError};
use super::signature::{sign_encrypted, verify, verify_encrypted};
use super::xml;
use crate::clock::Clock;
use crate::secret::CallbackToken;

/// Seconds by which a push's timestamp may differ from our clock.
pub const WINDOW_SECONDS: i64 = 300;
/// Largest body read, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;

/// How an account's pushes are protected, as set in the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushMode {
    /// Nothing is encrypted; the signature does not cover the body.
    Plain,
    /// Encrypted beside a plain copy, which is untrusted and ignored. Answers are plain.
    Compatible,
    /// Encrypted, and answers too.
    Secure,
}

/// The push configuration of one account.
#[derive(Debug, Clone)]
pub struct PushConfig {
    /// The account's appid.
    pub appid: String,
    /// `Token`: 3 to 32 letters and digits.
    pub token: CallbackToken,
    /// How pushes are protected.
    pub mode: PushMode,
    /// `EncodingAESKey`; required unless plain.
    pub key: Option<EncodingAesKey>,
    /// The key before the last change, still tried while pushes under it are under way.
    pub previous_key: Option<EncodingAesKey>,
}

impl PushConfig {
    /// Plain mode.
    pub fn plain(appid: impl Into<String>, token: impl Into<CallbackToken>) -> Self {
        Self {
            appid: appid.into(),
            token: token.into(),
            mode: PushMode::Plain,
            key: None,
            previous_key: None,
        }
    }

    /// Secure mode.
    pub fn secure(
        appid: impl Into<String>,
        token: impl Into<CallbackToken>,
        key: EncodingAesKey,
    ) -> Self {
        Self { mode: PushMode::Secure, key: Some(key), ..Self::plain(appid, token) }
    }
}

/// Compatible and secure mode need an EncodingAESKey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this push mode needs an EncodingAESKey")]
pub struct PushConfigError;

/// The query of a push or of a URL verification.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct PushQuery {
    /// Over token, timestamp and nonce.
    pub signature: String,
    /// Unix seconds.
    pub timestamp: String,
    /// Random text.
    pub nonce: String,
    /// Only in URL verification: what to answer.
    pub echostr: Option<String>,
    /// `aes` when the body is encrypted.
    pub encrypt_type: Option<String>,
    /// Over token, timestamp, nonce and the `Encrypt` text.
    pub msg_signature: Option<String>,
}

impl fmt::Debug for PushQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushQuery").field("timestamp", &self.timestamp).finish_non_exhaustive()
    }
}

/// Why a push was refused. Answer 4xx with an empty body, so that nothing is learnt from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// The timestamp is not a number or too far from our clock.
    #[error("timestamp is malformed or outside the window")]
    Timestamp,
    /// The signature is wrong or missing.
    #[error("signature is wrong")]
    Signature,
    /// `echostr` is missing.
    #[error("echostr is missing")]
    Echostr,
    /// The body exceeds 1 MiB.
    #[error("body is too large")]
    TooLarge,
    /// The body is neither the XML nor the JSON of a push.
    #[error("body is neither the XML nor the JSON of a push")]
    Malformed,
    /// The account is configured for encryption and the body lacks `Encrypt`.
    #[error("body is not encrypted")]
    NotEncrypted,
    /// The account is configured as plain and the push is encrypted: the console says otherwise.
    #[error("push is encrypted although the account is configured as plain")]
    Encrypted,
    /// The body does not decrypt.
    #[error("body does not decrypt: {0}")]
    Crypto(#[from] CryptoError),
    /// A common field is missing or malformed.
    #[error("{0} is missing or malformed")]
    Field(&'static str),
}

/// A verified push.
#[derive(Debug, Clone)]
pub struct Push {
    /// What it says.
    pub incoming: Incoming,
    format: Format,
    nonce: String,
    /// The key that opened it, which also seals the answer.
    key: Option<EncodingAesKey>,
}

/// Receives the pushes of one account.
#[derive(Debug, Clone)]
pub struct Receiver {
    config: PushConfig,
    clock: Arc<dyn Clock>,
}

impl Receiver {
    /// A receiver for one account.
    ///
    /// # Errors
    /// When the mode needs a key and there is none.
    pub fn new(config: PushConfig, clock: Arc<dyn Clock>) -> Result<Self, PushConfigError> {
        if config.mode != PushMode::Plain && config.key.is_none() {
            return Err(PushConfigError);
        }
        Ok(Self { config, clock })
    }

    /// Checks the GET by which the console verifies our URL, and returns what to answer as the
    /// whole body. The text is never encrypted, and the same check may come twice.
    ///
    /// # Errors
    /// [`PushError::Timestamp`], [`PushError::Signature`] or [`PushError::Echostr`].
    pub fn verify_url(&self, query: &PushQuery) -> Result<String, PushError> {
        self.check_time(query)?;
        self.check_signature(query)?;
        query.echostr.clone().ok_or(PushError::Echostr)
    }

    /// Verifies, decrypts and parses a POST.
    ///
    /// # Errors
    /// See [`PushError`].
    pub fn open(&self, query: &PushQuery, body: &[u8]) -> Result<Push, PushError> {
        if body.len() > BODY_LIMIT {
            return Err(PushError::TooLarge);
        }
        self.check_time(query)?;
        let body = std::str::from_utf8(body).ok().ok_or(PushError::Malformed)?;
        let (format, fields, key) = match self.config.mode {
            PushMode::Plain => {
                if query.encrypt_type.as_deref() == Some("aes") {
                    return Err(PushError::Encrypted);
                }
                self.check_signature(query)?;
                let (format, fields) = parse(body)?;
                (format, fields, None)
            }
            PushMode::Compatible | PushMode::Secure => {
                let (format, envelope) = parse(body)?;
                let encrypt = envelope.text("Encrypt").ok_or(PushError::NotEncrypted)?;
                self.check_message_signature(query, &encrypt)?;
                let (plain, key) = self.decrypt(&encrypt)?;
                let (_, fields) = parse(&plain)?;
                (format, fields, Some(key))
            }
        };
        let incoming = Incoming::read(fields).map_err(PushError::Field)?;
        Ok(Push { incoming, format, nonce: query.nonce.clone(), key })
    }

    /// Renders the answer to `push`, encrypted in secure mode with the key that opened it.
    ///
    /// # Errors
    /// When the text is empty.
    pub fn answer(&self, push: &Push, reply: &Reply) -> Result<Answer, ReplyError> {
        let now = self.clock.now();
        let Some(body) = reply.render(&push.incoming, push.format, now)? else {
            let body = "success".to_owned();
            return Ok(Answer { content_type: "text/plain; charset=utf-8", body });
        };
        let content_type = push.format.content_type();
        let Some(key) = push.key.as_ref().filter(|_| self.config.mode == PushMode::Secure) else {
            return Ok(Answer { content_type, body });
        };
        let encrypt = key.encrypt(&body, &self.config.appid).ok().ok_or(ReplyError::Encrypt)?;
        let (token, time) = (&self.config.token, now.to_string());
        let envelope = Envelope {
            msg_signature: &sign_encrypted(token, &time, &push.nonce, &encrypt),
            encrypt: &encrypt,
            timestamp: now,
            nonce: &push.nonce,
        };
        Ok(Answer { content_type, body: envelope.render(push.format)? })
    }

    fn check_time(&self, query: &PushQuery) -> Result<(), PushError> {
        let timestamp: i64 = query.timestamp.parse().ok().ok_or(PushError::Timestamp)?;
        let distance = self.clock.now().saturating_sub(timestamp).unsigned_abs();
        if distance > WINDOW_SECONDS.unsigned_abs() { Err(PushError::Timestamp) } else { Ok(()) }
    }

    fn check_signature(&self, query: &PushQuery) -> Result<(), PushError> {
        let is_right = verify(&self.config.token, &query.timestamp, &query.nonce, &query.signature);
        if is_right { Ok(()) } else { Err(PushError::Signature) }
    }

    /// The signature that covers the body; `signature` alone would not.
    fn check_message_signature(&self, query: &PushQuery, encrypt: &str) -> Result<(), PushError> {
        let given = query.msg_signature.as_deref().unwrap_or_default();
        let token = &self.config.token;
        let is_right = verify_encrypted(token, &query.timestamp, &query.nonce, encrypt, given);
        if is_right { Ok(()) } else { Err(PushError::Signature) }
    }

    /// With the current key, then with the previous one; the current key's error counts.
    fn decrypt(&self, encrypt: &str) -> Result<(String, EncodingAesKey), CryptoError> {
        let open = |key: &EncodingAesKey| {
            key.decrypt(encrypt, &self.config.appid).map(|plain| (plain, key.clone()))
        };
        let current = self.config.key.as_ref().map_or(Err(CryptoError::Padding), open);
        current.or_else(|error| {
            self.config.previous_key.as_ref().and_then(|key| open(key).ok()).ok_or(error)
        })
    }
}

fn parse(body: &str) -> Result<(Format, Fields), PushError> {
    let (format, members) = if body.trim_start().starts_with('{') {
        let value: Value = serde_json::from_str(body).ok().ok_or(PushError::Malformed)?;
        let Value::Object(members) = value else {
            return Err(PushError::Malformed);
        };
        (Format::Json, members)
    } else {
        (Format::Xml, xml::parse(body).ok().ok_or(PushError::Malformed)?)
    };
    Ok((format, Fields::new(members)))
}
