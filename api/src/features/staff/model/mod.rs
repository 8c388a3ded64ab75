//! What a user name looks like, and (beside) what a password and a second factor are.

use std::borrow::Cow;

use uuid::Uuid;
use validator::ValidationError;

pub mod password;
pub mod second_factor;

/// The name at which somebody tries to log in: a member's, or the blind index of one nobody has.
#[derive(Debug)]
pub enum Name {
    Known(Uuid),
    Unknown(Vec<u8>),
}

/// # Errors
/// Another character than lower-case letters, digits, `.`, `-`, `_`.
pub fn username(text: &str) -> Result<(), ValidationError> {
    let is_plain =
        |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_');
    if text.bytes().all(is_plain) {
        return Ok(());
    }
    let message = Cow::Borrowed("只能包含小写字母、数字、点、连字符和下划线");
    Err(ValidationError::new("invalid_format").with_message(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_are_plain() {
        assert!(username("wang.wei-01").is_ok());
        assert!(username("Wang").is_err());
        assert!(username("王伟").is_err());
    }
}
