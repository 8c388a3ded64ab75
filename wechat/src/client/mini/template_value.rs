//! The value rules of subscribe-message templates (Tencent: `subscribeMessage.send`; protocol 2.7).
//!
//! A key is a prefix and an arbitrary number (`thing1`, `time12`); the prefix decides the rule.

use super::template_moment::{is_date_or_range, is_time_or_range};

/// The rule of a template value that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueFault {
    /// Nothing left after removing control characters and surrounding space.
    #[error("value is empty")]
    Empty,
    /// A newline or another control character.
    #[error("control character in value")]
    ControlCharacter,
    /// Too long, and cutting it would change its meaning.
    #[error("longer than {limit}")]
    TooLong {
        /// Characters or digits allowed.
        limit: usize,
    },
    /// Not what the prefix asks for.
    #[error("not {0}")]
    Malformed(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Thing,
    Number,
    Letter,
    Symbol,
    CharacterString,
    Time,
    Date,
    Amount,
    PhoneNumber,
    CarNumber,
    Name,
    Phrase,
    /// `enum…`, whose values only the platform knows, and prefixes introduced after this was
    /// written.
    Other,
}

impl Kind {
    fn of(key: &str) -> Self {
        match key.trim_end_matches(|c: char| c.is_ascii_digit()) {
            "thing" => Self::Thing,
            "number" => Self::Number,
            "letter" => Self::Letter,
            "symbol" => Self::Symbol,
            "character_string" => Self::CharacterString,
            "time" => Self::Time,
            "date" => Self::Date,
            "amount" => Self::Amount,
            "phone_number" => Self::PhoneNumber,
            "car_number" => Self::CarNumber,
            "name" => Self::Name,
            "phrase" => Self::Phrase,
            _ => Self::Other,
        }
    }

    /// Characters allowed, and what marks a cut, for the kinds that may be cut without becoming
    /// wrong.
    fn cut(self, value: &str) -> Option<(usize, &'static str)> {
        match self {
            Self::Thing => Some((20, "…")),
            Self::CharacterString => Some((32, "...")),
            Self::Letter => Some((32, "")),
            Self::Symbol => Some((5, "")),
            // An ellipsis would turn a Latin name into a mixed one, which has the shorter limit.
            Self::Name if value.is_ascii() => Some((20, "")),
            Self::Name => Some((10, "…")),
            Self::Phrase => Some((5, "")),
            _ => None,
        }
    }
}

/// Makes `value` fit the rule of `key`: control characters removed, space trimmed, free text cut by
/// character with the ellipsis inside the limit. Numbers, times, amounts and the like are never cut
/// but refused.
///
/// # Errors
/// The rule that the value still breaks.
pub fn fit(key: &str, value: &str) -> Result<String, ValueFault> {
    let spaced = value.replace(['\n', '\r', '\t'], " ");
    let cleaned: String = spaced.chars().filter(|c| !c.is_control()).collect();
    let trimmed = cleaned.trim();
    let fitted = match Kind::of(key).cut(trimmed) {
        Some((limit, mark)) if trimmed.chars().count() > limit => {
            let kept = limit.saturating_sub(mark.chars().count());
            trimmed.chars().take(kept).chain(mark.chars()).collect()
        }
        _ => trimmed.to_owned(),
    };
    check(key, &fitted)?;
    Ok(fitted)
}

/// Checks `value` against the rule of `key` as the platform does.
///
/// # Errors
/// The rule that the value breaks.
pub fn check(key: &str, value: &str) -> Result<(), ValueFault> {
    if value.trim().is_empty() {
        return Err(ValueFault::Empty);
    }
    if value.chars().any(char::is_control) {
        return Err(ValueFault::ControlCharacter);
    }
    let kind = Kind::of(key);
    if let Some((limit, _)) = kind.cut(value) {
        at_most(limit, value.chars().count())?;
    }
    match kind {
        Kind::Thing | Kind::Name | Kind::Other => Ok(()),
        Kind::Letter => all(value, |c| c.is_ascii_alphabetic(), "Latin letters"),
        Kind::Symbol => all(value, |c| !c.is_alphanumeric(), "symbols"),
        Kind::CharacterString => all(value, |c| c == ' ' || c.is_ascii_graphic(), "ASCII text"),
        Kind::Phrase => all(value, is_chinese, "Chinese characters"),
        Kind::Number => check_decimal(value.trim_start_matches(['+', '-']), 32, "a number"),
        Kind::Amount => check_amount(value),
        Kind::PhoneNumber => {
            at_most(17, value.chars().count())?;
            let allowed = |c: char| c == ' ' || c.is_ascii_digit() || c.is_ascii_punctuation();
            all(value, allowed, "a phone number")
        }
        Kind::CarNumber => check_car_number(value),
        Kind::Time if is_time_or_range(value) => Ok(()),
        Kind::Time => Err(ValueFault::Malformed("a 24-hour time")),
        Kind::Date if is_date_or_range(value) => Ok(()),
        Kind::Date => Err(ValueFault::Malformed("a date")),
    }
}

fn at_most(limit: usize, count: usize) -> Result<(), ValueFault> {
    if count > limit { Err(ValueFault::TooLong { limit }) } else { Ok(()) }
}

fn all(value: &str, rule: impl Fn(char) -> bool, what: &'static str) -> Result<(), ValueFault> {
    if value.chars().all(rule) { Ok(()) } else { Err(ValueFault::Malformed(what)) }
}

/// Digits, optionally a point and more digits; the limit is on the digits before the point.
fn check_decimal(value: &str, limit: usize, what: &'static str) -> Result<(), ValueFault> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    for digits in [whole, fraction] {
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ValueFault::Malformed(what));
        }
    }
    at_most(limit, whole.len())
}

/// At most one currency symbol, up to ten digits, decimals allowed, optionally 元 at the end.
fn check_amount(value: &str) -> Result<(), ValueFault> {
    let value = value.strip_suffix('元').unwrap_or(value);
    let digits = value.strip_prefix(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value);
    check_decimal(digits, 10, "an amount")
}

/// Up to eight letters and digits, of which the first and the last may be Chinese.
fn check_car_number(value: &str) -> Result<(), ValueFault> {
    let count = value.chars().count();
    at_most(8, count)?;
    let is_plate = value.chars().enumerate().all(|(index, c)| {
        let is_end = index == 0 || index + 1 == count;
        c.is_ascii_alphanumeric() || (is_end && is_chinese(c))
    });
    if is_plate { Ok(()) } else { Err(ValueFault::Malformed("a car number")) }
}

fn is_chinese(c: char) -> bool {
    matches!(c, '〇' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_takes_its_sample() {
        for (key, value) in [
            ("thing1", "空气质量检测，请携带身份证"),
            ("number2", "12.5"),
            ("number2", "-3"),
            ("letter3", "ABCabc"),
            ("symbol4", "￥%"),
            ("character_string5", "YY-2026 #0001"),
            ("time6", "2026年11月20日 15:01"),
            ("date7", "2026-11-20"),
            ("amount8", "¥100.00"),
            ("amount8", "100元"),
            ("amount8", "0"),
            ("phone_number9", "+86-0766-66888866"),
            ("car_number10", "粤A8Z888挂"),
            ("name11", "张三"),
            ("name11", "Bartholomew Smith Jr"),
            ("phrase12", "已通过"),
            ("enum_status13", "whatever"),
            ("brand_new14", "whatever"),
        ] {
            assert_eq!(check(key, value), Ok(()), "{key} {value}");
            assert_eq!(fit(key, value).as_deref(), Ok(value), "{key} {value}");
        }
    }

    #[test]
    fn values_outside_their_rule_are_refused() {
        use ValueFault::{ControlCharacter, Empty, Malformed, TooLong};
        for (key, value, fault) in [
            ("thing1", "", Empty),
            ("thing1", "  ", Empty),
            ("thing1", "two\nlines", ControlCharacter),
            ("thing1", "一二三四五六七八九十一二三四五六七八九十一", TooLong { limit: 20 }),
            ("number2", "twelve", Malformed("a number")),
            ("number2", "1.", Malformed("a number")),
            ("number2", "123456789012345678901234567890123", TooLong { limit: 32 }),
            ("letter3", "ABC1", Malformed("Latin letters")),
            ("symbol4", "a", Malformed("symbols")),
            ("character_string5", "编号1", Malformed("ASCII text")),
            ("time6", "25:00", Malformed("a 24-hour time")),
            ("date7", "15:01", Malformed("a date")),
            ("amount8", "$$1", Malformed("an amount")),
            ("amount8", "12345678901", TooLong { limit: 10 }),
            ("phone_number9", "123456789012345678", TooLong { limit: 17 }),
            ("phone_number9", "电话", Malformed("a phone number")),
            ("car_number10", "粤粤A8888", Malformed("a car number")),
            ("car_number10", "粤A12345678", TooLong { limit: 8 }),
            ("name11", "一二三四五六七八九十一", TooLong { limit: 10 }),
            ("name11", "abcdefghijklmnopqrstu", TooLong { limit: 20 }),
            ("phrase12", "通过1", Malformed("Chinese characters")),
            ("phrase12", "一二三四五六", TooLong { limit: 5 }),
        ] {
            assert_eq!(check(key, value), Err(fault), "{key} {value}");
        }
    }

    #[test]
    fn free_text_is_cut_with_the_ellipsis_inside_the_limit() {
        let long = "一二三四五六七八九十一二三四五六七八九十一二";
        assert_eq!(fit("thing1", long).as_deref(), Ok("一二三四五六七八九十一二三四五六七八九…"));
        assert_eq!(fit("name1", "一二三四五六七八九十一").as_deref(), Ok("一二三四五六七八九…"));
        assert_eq!(fit("name1", "abcdefghijklmnopqrstuvw").as_deref(), Ok("abcdefghijklmnopqrst"));
        assert_eq!(fit("phrase1", "一二三四五六").as_deref(), Ok("一二三四五"));
        let cut = fit("character_string1", &"7".repeat(40));
        assert_eq!(cut, Ok(format!("{}...", "7".repeat(29))));
    }

    #[test]
    fn fit_removes_control_characters_and_space() {
        assert_eq!(fit("thing1", " a\nb\tc\u{7}\r ").as_deref(), Ok("a b c"));
        assert_eq!(fit("thing1", "\n\r\t"), Err(ValueFault::Empty));
    }

    #[test]
    fn fit_never_cuts_what_a_cut_would_falsify() {
        assert_eq!(fit("amount1", "12345678901"), Err(ValueFault::TooLong { limit: 10 }));
        assert_eq!(fit("phone_number1", &"1".repeat(18)), Err(ValueFault::TooLong { limit: 17 }));
    }

    proptest::proptest! {
        #[test]
        fn whatever_fit_returns_passes_check(
            key in "(thing|letter|symbol|character_string|name|phrase|time|amount|car_number)[0-9]",
            value in ".{0,60}",
        ) {
            if let Ok(fitted) = fit(&key, &value) {
                proptest::prop_assert_eq!(check(&key, &fitted), Ok(()));
            }
        }
    }
}
