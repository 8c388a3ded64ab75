//! Signatures of pushes (Tencent: "message push"; protocol 3.1, 3.2).

use crate::digest::{equal, sha1_hex};
use crate::secret::CallbackToken;

/// `signature`: lower-case hex SHA-1 over token, timestamp and nonce, sorted byte-wise. Does not
/// cover the body.
pub fn sign(token: &CallbackToken, timestamp: &str, nonce: &str) -> String {
    sorted_sha1([token.expose(), timestamp, nonce])
}

/// `msg_signature`: the same over token, timestamp, nonce and the `Encrypt` text.
pub fn sign_encrypted(
    token: &CallbackToken,
    timestamp: &str,
    nonce: &str,
    encrypt: &str,
) -> String {
    sorted_sha1([token.expose(), timestamp, nonce, encrypt])
}

/// Whether `signature` is right, in constant time.
pub fn verify(token: &CallbackToken, timestamp: &str, nonce: &str, signature: &str) -> bool {
    equal(&sign(token, timestamp, nonce), signature)
}

/// Whether `msg_signature` is right, in constant time.
pub fn verify_encrypted(
    token: &CallbackToken,
    timestamp: &str,
    nonce: &str,
    encrypt: &str,
    msg_signature: &str,
) -> bool {
    equal(&sign_encrypted(token, timestamp, nonce, encrypt), msg_signature)
}

fn sorted_sha1<const N: usize>(mut parts: [&str; N]) -> String {
    parts.sort_unstable();
    sha1_hex(parts.map(str::as_bytes))
}
