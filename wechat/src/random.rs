//! The one place that draws random bytes.
//!
//! Nothing that a published vector fixes calls this directly: the cryptographic functions take
//! their random input as an argument, and only their convenience wrappers draw it here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// `N` bytes from the thread's cryptographically secure generator.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut buffer = [0; N];
    rand::fill(&mut buffer);
    buffer
}

/// `N` random bytes as URL-safe base64 without padding.
pub(crate) fn text<const N: usize>() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<N>())
}

/// A number in `0..=limit`, for jitter.
pub(crate) fn up_to(limit: u64) -> u64 {
    rand::random_range(0..=limit)
}
