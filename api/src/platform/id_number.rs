//! Citizen identity numbers (GB 11643-1999): six digits of a region, the birthday, three digits of a
//! sequence, and a check character (ISO 7064, MOD 11-2).

use std::borrow::Cow;

use chrono::{Datelike as _, NaiveDate};
use validator::ValidationError;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";
/// Nobody alive has a number from before.
const FIRST_YEAR: i32 = 1900;

/// # Errors
/// `invalid_format`
pub fn id_number(text: &str) -> Result<(), ValidationError> {
    match birthday(text) {
        Some(_) => Ok(()),
        None => {
            let message = Cow::Borrowed("应为有效的 18 位居民身份证号码");
            Err(ValidationError::new("invalid_format").with_message(message))
        }
    }
}

/// The birthday in a well-formed number; `None` for anything else. The check character may be
/// written small.
#[must_use]
pub fn birthday(text: &str) -> Option<NaiveDate> {
    let (digits, check) = text.as_bytes().split_at_checked(17)?;
    let [check] = check else { return None };
    if !digits.iter().all(u8::is_ascii_digit) || digits.first() == Some(&b'0') {
        return None;
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, by)| u32::from(digit - b'0') * by).sum();
    let wanted = CHECKS.get(usize::try_from(sum % 11).ok()?)?;
    if check.to_ascii_uppercase() != *wanted {
        return None;
    }
    let day = NaiveDate::parse_from_str(text.get(6..14)?, "%Y%m%d").ok()?;
    (day.year() >= FIRST_YEAR).then_some(day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_standards_own_examples_are_right() {
        // GB 11643-1999, appendix.
        for (number, day) in [
            ("11010519491231002X", "1949-12-31"),
            ("11010519491231002x", "1949-12-31"),
            ("440524188001010014", ""),
        ] {
            let found = birthday(number).map(|day| day.to_string()).unwrap_or_default();
            assert_eq!(found, day, "{number}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for number in [
            "",
            "11010519491231002",
            "110105194912310021",
            "11010519491231002XX",
            "１１０１０５１９４９１２３１００２Ｘ",
            "1101051949123100２X",
            "110105194902300023",
            "010105194912310020",
        ] {
            assert!(id_number(number).is_err(), "{number}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_digit_never_passes(at in 0_usize..17, by in 1_u8..10) {
            let mut number = *b"11010519491231002X";
            number[at] = b'0' + (number[at] - b'0' + by) % 10;
            prop_assert_eq!(birthday(std::str::from_utf8(&number).unwrap()), None);
        }
    }
}
