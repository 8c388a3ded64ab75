//! What a class is called, how long it lasts, which seat comes next. Pure.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use entity::class::{self, ClassStatus};

use crate::platform::clock::local_date;
use crate::platform::http::{AppResult, FieldError};

/// About 39 bits.
pub const CODE_LENGTH: usize = 8;
pub const CODE_LASTS: TimeDelta = TimeDelta::days(14);
/// Wrong digits until the teacher hands out another card: six digits stand a million tries.
pub const PIN_FAILURES: i32 = 5;
pub const OPEN_CLASSES: u64 = 20;

const GRADES: [&str; 12] = [
    "一年级",
    "二年级",
    "三年级",
    "四年级",
    "五年级",
    "六年级",
    "七年级",
    "八年级",
    "九年级",
    "高一",
    "高二",
    "高三",
];

/// `三年级2班`
#[must_use]
pub fn label(grade: i16, number: i16) -> String {
    let grade = usize::try_from(grade - 1).ok().and_then(|index| GRADES.get(index));
    format!("{}{number}班", grade.unwrap_or(&""))
}

/// The last day of a class: the one asked for, at most the coming 31 August.
///
/// # Errors
/// `validation_failed` for a day that is past or in another school year.
pub fn last_day(wanted: Option<NaiveDate>, today: NaiveDate) -> AppResult<NaiveDate> {
    let end_of = |year| NaiveDate::from_ymd_opt(year, 8, 31).unwrap_or(today);
    let this = end_of(today.year());
    let end = if today <= this { this } else { end_of(today.year() + 1) };
    match wanted {
        None => Ok(end),
        Some(day) if (today..=end).contains(&day) => Ok(day),
        Some(_) => Err(FieldError::out_of_range("expires_on", today, end).into()),
    }
}

/// Whether a class lets in: open, not over, and its code not too old.
#[must_use]
pub fn lets_in(class: &class::Model, now: DateTime<Utc>) -> bool {
    class.status == ClassStatus::Open
        && class.expires_on >= local_date(now)
        && class.code_expires_at.is_some_and(|at| at > now)
}

/// The lowest number that nobody has. `taken` is in order.
#[must_use]
pub fn free_number(taken: &[i16], size: i16) -> Option<i16> {
    (1..=size).find(|number| taken.binary_search(number).is_err())
}

/// A code as it was meant: pupils type lower case and blanks.
#[must_use]
pub fn spelled(code: &str) -> String {
    code.chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect::<String>()
        .to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_class_ends_with_the_school_year() {
        let last = |wanted: Option<&str>, today| last_day(wanted.map(day), day(today)).ok();
        assert_eq!(last(None, "2026-11-20"), Some(day("2027-08-31")));
        assert_eq!(last(None, "2026-08-31"), Some(day("2026-08-31")));
        assert_eq!(last(Some("2027-01-20"), "2026-11-20"), Some(day("2027-01-20")));
        assert_eq!(last(Some("2026-11-20"), "2026-11-20"), Some(day("2026-11-20")));
        assert_eq!(last(Some("2027-09-01"), "2026-11-20"), None);
        assert_eq!(last(Some("2026-11-19"), "2026-11-20"), None);
    }

    #[test]
    fn seats_are_given_from_the_front_and_gaps_are_filled() {
        assert_eq!(free_number(&[], 2), Some(1));
        assert_eq!(free_number(&[1, 3], 3), Some(2));
        assert_eq!(free_number(&[1, 2], 2), None);
    }

    #[test]
    fn labels_and_codes_are_spelled_one_way() {
        assert_eq!(label(3, 2), "三年级2班");
        assert_eq!(label(12, 40), "高三40班");
        assert_eq!(spelled(" 7f3k 9qxw"), "7F3K9QXW");
    }
}
