//! What a text field may hold. Used by request types through serde (`trimmed`) and validator
//! (`one_line`, `many_lines`, `phone`).

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use validator::ValidationError;

/// Surrounding blanks are never meant: `"  "` is as empty as `""`.
///
/// # Errors
/// Not a string.
pub fn trimmed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(if text.trim().len() == text.len() { text } else { text.trim().to_owned() })
}

/// As [`trimmed`]; blank is absent.
///
/// # Errors
/// Neither a string nor null.
pub fn trimmed_option<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()))
}

/// PATCH: absent, null and a value are three different wishes.
///
/// # Errors
/// The value is of the wrong type.
pub fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

fn refuse(message: &'static str) -> ValidationError {
    ValidationError::new("invalid_format").with_message(Cow::Borrowed(message))
}

/// No line breaks, no control characters, nothing that turns the direction of writing.
///
/// # Errors
/// `invalid_format`
pub fn one_line(text: &str) -> Result<(), ValidationError> {
    if text.chars().any(|c| c.is_control() || is_direction_mark(c)) {
        return Err(refuse("不能包含换行或控制字符"));
    }
    Ok(())
}

/// Line breaks and tabs are fine, other control characters are not.
///
/// # Errors
/// `invalid_format`
pub fn many_lines(text: &str) -> Result<(), ValidationError> {
    let is_wrong =
        |c: char| (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || is_direction_mark(c);
    if text.chars().any(is_wrong) {
        return Err(refuse("不能包含控制字符"));
    }
    Ok(())
}

/// A telephone as people in China write it: 11 digits of a mobile phone, or a landline with area
/// code; `+86` and separators are accepted and dropped by [`normalised_phone`].
///
/// # Errors
/// `invalid_format`
pub fn phone(text: &str) -> Result<(), ValidationError> {
    normalised_phone(text).map(|_| ()).ok_or_else(|| refuse("应为有效的手机号码或固定电话"))
}

/// The number in one spelling, so that the blind index of two spellings is the same.
#[must_use]
pub fn normalised_phone(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')')).collect();
    let digits = digits.strip_prefix("+86").unwrap_or(&digits);
    let is_number = digits.bytes().all(|b| b.is_ascii_digit());
    let is_mobile = digits.len() == 11 && digits.starts_with('1');
    let is_landline = (10..=12).contains(&digits.len()) && digits.starts_with('0');
    // 12315 and other short service numbers of an office.
    let is_service = (5..=8).contains(&digits.len()) && !digits.starts_with('0');
    (is_number && (is_mobile || is_landline || is_service)).then(|| digits.to_owned())
}

/// Marks that make a text look like another one (Unicode UAX #9 embeddings and isolates).
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// `138****8000`: enough to recognise one's own number.
#[must_use]
pub fn masked_phone(phone: &str) -> String {
    let chars: Vec<char> = phone.chars().collect();
    let (head, tail) = if chars.len() >= 10 { (3, 4) } else { (1, 1) };
    chars
        .iter()
        .enumerate()
        .map(|(i, c)| if i < head || i + tail >= chars.len() { *c } else { '*' })
        .collect()
}

/// `1****************X`: enough to tell two identity numbers of one's own apart.
#[must_use]
pub fn masked_id_number(number: &str) -> String {
    let last = number.chars().count().saturating_sub(1);
    number.chars().enumerate().map(|(i, c)| if i == 0 || i == last { c } else { '*' }).collect()
}

/// `王*` or `欧阳**`: the first character stays.
#[must_use]
pub fn masked_name(name: &str) -> String {
    let mut chars = name.chars();
    let first: String = chars.by_ref().take(1).collect();
    first + &"*".repeat(chars.count().clamp(1, 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_in_any_spelling_become_one() {
        for text in ["13800138000", "+86 138 0013 8000", "138-0013-8000"] {
            assert_eq!(normalised_phone(text).as_deref(), Some("13800138000"));
        }
        assert_eq!(normalised_phone("(010)6262-0000").as_deref(), Some("01062620000"));
        assert_eq!(normalised_phone("12315").as_deref(), Some("12315"));
        for text in ["", "1", "abc", "2380013800", "138001380001234", "１３８００１３８０００"]
        {
            assert_eq!(normalised_phone(text), None, "{text}");
        }
    }

    #[test]
    fn masks_keep_enough_to_recognise() {
        assert_eq!(masked_phone("13800138000"), "138****8000");
        assert_eq!(masked_phone("12315"), "1***5");
        assert_eq!(masked_name("王小明"), "王**");
        assert_eq!(masked_name("王"), "王*");
        assert_eq!(masked_id_number("11010519491231002X"), "1****************X");
    }

    #[test]
    fn control_and_direction_characters_are_refused() {
        assert!(one_line("中文 ABC").is_ok());
        assert!(one_line("a\nb").is_err());
        assert!(one_line("a\u{202E}b").is_err());
        assert!(many_lines("a\nb\tc").is_ok());
        assert!(many_lines("a\0b").is_err());
    }
}
