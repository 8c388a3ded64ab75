//! Which way a sample goes.

use chrono::NaiveDate;
use entity::sample::SampleStatus;

/// What was given back or destroyed is gone; what was stored may be tested once more.
#[must_use]
pub fn may_move(from: SampleStatus, to: SampleStatus) -> bool {
    use SampleStatus as S;

    matches!(
        (from, to),
        (S::Received, S::InTesting | S::Stored | S::Returned)
            | (S::InTesting, S::Stored | S::Returned | S::Destroyed)
            | (S::Stored, S::InTesting | S::Returned | S::Destroyed)
    )
}

#[must_use]
pub fn allowed_moves(from: SampleStatus) -> Vec<SampleStatus> {
    SampleStatus::all().filter(|to| may_move(from, *to)).collect()
}

/// `261123-7KQ2MF`: the day in China, and six readable characters.
#[must_use]
pub fn sample_number(day: NaiveDate, random: &str) -> String {
    format!("{}-{random}", day.format("%y%m%d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_goes_on_and_what_is_gone_does_not_come_back() {
        for status in SampleStatus::all() {
            let is_gone = matches!(status, SampleStatus::Returned | SampleStatus::Destroyed);
            assert_eq!(allowed_moves(status).is_empty(), is_gone, "{status:?}");
            assert!(!may_move(status, status) && !may_move(status, SampleStatus::Received));
        }
        // What nobody has tested is not destroyed: it is somebody's.
        assert!(!may_move(SampleStatus::Received, SampleStatus::Destroyed));
    }

    #[test]
    fn a_number_shows_its_day() {
        assert_eq!(sample_number("2026-11-03".parse().unwrap(), "7KQ2MF"), "261103-7KQ2MF");
    }
}
