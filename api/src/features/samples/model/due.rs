//! When a result is late.

use chrono::{DateTime, NaiveDate, Utc};
use entity::lab_service::ServiceKind;

use crate::platform::clock::local_date;
use crate::platform::workdays::Workdays;

/// Who comes for one of these waits for a result.
pub const WITH_RESULT: &[ServiceKind] = &[
    ServiceKind::FreeTesting,
    ServiceKind::AuthenticityCheck,
    ServiceKind::SampleDropOff,
    ServiceKind::CourierSample,
];

/// The last day for the result of somebody who came at `checked_in_at`, after `count` working days.
#[must_use]
pub fn due_on(workdays: &Workdays, checked_in_at: DateTime<Utc>, count: u32) -> NaiveDate {
    workdays.after(local_date(checked_in_at), count)
}

/// The last day whose visitors should all have their results by `today`.
#[must_use]
pub fn last_late_day(workdays: &Workdays, today: NaiveDate, count: u32) -> NaiveDate {
    let is_late = |day: &NaiveDate| workdays.after(*day, count) < today;
    let days = std::iter::successors(Some(today), NaiveDate::pred_opt);
    days.into_iter().find(is_late).unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
mod tests {
    use chrono::Days;

    use super::*;

    #[test]
    fn a_day_is_late_when_its_last_working_day_is_over() {
        let workdays = Workdays::embedded().unwrap();
        let first: NaiveDate = "2026-09-20".parse().unwrap();
        // Over the National Day week.
        for today in (0..40).filter_map(|days| first.checked_add_days(Days::new(days))) {
            let last = last_late_day(&workdays, today, 10);
            let next = last.succ_opt().unwrap();
            assert!(workdays.after(last, 10) < today && workdays.after(next, 10) >= today);
        }
    }

    #[test]
    fn the_day_of_a_visit_is_the_day_in_china() {
        let workdays = Workdays::embedded().unwrap();
        // Friday night in Greenwich is Saturday in China, and no working day.
        let saturday = "2026-11-20T16:00:00Z".parse().unwrap();
        assert_eq!(due_on(&workdays, saturday, 1).to_string(), "2026-11-23");
    }
}
