//! Working days in China: the State Council's days off and make-up working days
//! (`data/state-council-calendar.csv`, 2019–2026), otherwise Monday to Friday.

use std::collections::HashMap;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::http::{AppError, AppResult};

const CALENDAR: &str = include_str!("../../data/state-council-calendar.csv");

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum DayKind {
    Holiday,
    Workday,
}

#[derive(Debug, serde::Deserialize)]
struct Row {
    date: NaiveDate,
    kind: DayKind,
}

#[derive(Clone, Debug)]
pub struct Workdays(HashMap<NaiveDate, DayKind>);

impl Workdays {
    /// # Errors
    /// The embedded calendar cannot be read.
    pub fn embedded() -> AppResult<Self> {
        let mut reader = csv::Reader::from_reader(CALENDAR.as_bytes());
        let rows = reader.deserialize::<Row>();
        let days = rows.map(|row| row.map(|row| (row.date, row.kind)));
        days.collect::<Result<_, _>>().map(Self).map_err(AppError::internal)
    }

    #[must_use]
    pub fn is_workday(&self, day: NaiveDate) -> bool {
        match self.0.get(&day) {
            Some(DayKind::Workday) => true,
            Some(DayKind::Holiday) => false,
            None => !matches!(day.weekday(), Weekday::Sat | Weekday::Sun),
        }
    }

    /// Whether the State Council gave the day off, which an ordinary weekend is not.
    #[must_use]
    pub fn is_day_off(&self, day: NaiveDate) -> bool {
        self.0.get(&day) == Some(&DayKind::Holiday)
    }

    /// Whether people work on it to make up for a day off.
    #[must_use]
    pub fn is_make_up_day(&self, day: NaiveDate) -> bool {
        self.0.get(&day) == Some(&DayKind::Workday)
    }

    /// The last day of a period of `count` working days. The day of the event itself does not
    /// count (SAMR Order 121, Art. 45).
    #[must_use]
    pub fn after(&self, event: NaiveDate, count: u32) -> NaiveDate {
        let mut day = event;
        let mut left = count;
        while left > 0 {
            let Some(next) = day.checked_add_days(Days::new(1)) else { break };
            day = next;
            if self.is_workday(day) {
                left -= 1;
            }
        }
        day
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn holidays_and_make_up_days_are_known() {
        let workdays = Workdays::embedded().unwrap();
        assert!(!workdays.is_workday(day("2026-10-01")));
        // A Sunday on which people work for the Spring Festival of 2019.
        assert!(workdays.is_workday(day("2019-02-03")));
        assert!(!workdays.is_workday(day("2026-11-21")));
        assert!(workdays.is_workday(day("2026-11-20")));
        assert!(workdays.is_day_off(day("2026-10-03")) && !workdays.is_day_off(day("2026-11-21")));
        assert!(workdays.is_make_up_day(day("2026-10-10")));
        assert!(!workdays.is_make_up_day(day("2026-11-20")));
    }

    #[test]
    fn seven_working_days_step_over_a_weekend_and_a_holiday() {
        let workdays = Workdays::embedded().unwrap();
        assert_eq!(workdays.after(day("2026-11-20"), 7), day("2026-12-01"));
        assert_eq!(workdays.after(day("2026-11-20"), 0), day("2026-11-20"));
        // Received on the last working day before the National Day week.
        let due = workdays.after(day("2026-09-30"), 7);
        assert!(due > day("2026-10-08") && workdays.is_workday(due));
    }
}
