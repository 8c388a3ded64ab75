//! Pure rules: when a stop may be held.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::platform::clock::local_date;
use crate::platform::http::FieldError;

/// A day has no more, and beyond it nothing needs to be computed.
const LONGEST: TimeDelta = TimeDelta::hours(24);
/// How far ahead somebody may plan.
const FURTHEST: TimeDelta = TimeDelta::days(366);

/// The day in China on which a stop lies, all of it and ahead.
///
/// # Errors
/// `validation_failed` on `starts_at` or `ends_at`.
pub fn held_on(
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<NaiveDate, FieldError> {
    if starts_at <= now || starts_at > now + FURTHEST {
        return Err(FieldError::new("starts_at", "out_of_range", "应在今后一年之内"));
    }
    let day = local_date(starts_at);
    // Midnight ends the day; it does not begin another.
    let is_short = ends_at > starts_at && ends_at <= starts_at + LONGEST;
    if !is_short || local_date(ends_at - TimeDelta::microseconds(1)) != day {
        return Err(FieldError::new("ends_at", "out_of_range", "应晚于开始时间，并在同一天之内"));
    }
    Ok(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_one_day_in_china() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let now = at("2026-11-20T02:00:00Z");
        let day = |from, until| held_on(at(from), at(until), now).map(|day| day.to_string());
        let path = |from, until| day(from, until).unwrap_err().path;
        // From one midnight in China to the next.
        let (midnight, next) = ("2026-11-20T16:00:00Z", "2026-11-21T16:00:00Z");
        assert_eq!(day(midnight, next).unwrap(), "2026-11-21");
        assert_eq!(path(midnight, "2026-11-21T16:00:00.000001Z"), "ends_at");
        assert_eq!(path(midnight, midnight), "ends_at");
        assert_eq!(path(midnight, "+262142-12-31T23:59:59Z"), "ends_at");
        assert_eq!(path("2026-11-20T02:00:00Z", next), "starts_at");
        assert_eq!(path("2027-11-22T02:00:00Z", "2027-11-22T03:00:00Z"), "starts_at");
    }
}
