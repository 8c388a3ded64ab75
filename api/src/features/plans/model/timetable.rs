//! From a rule to slots: the same rule gives the same slots, whoever asks and whenever.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::recurrence::Recurrence;
use super::rule::Rule;
use crate::features::appointments::PlannedSlot;
use crate::platform::workdays::Workdays;

/// A plan has at most so many slots within its horizon.
pub const MOST_SLOTS: usize = 5_000;

/// What is wrong with the recurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// In Chinese.
    Rule(&'static str),
    /// Well-formed, and no day is ever one of its days.
    NeverHappens,
}

/// A rule that can be asked for slots.
#[derive(Clone, Debug)]
pub struct Timetable<'a> {
    rule: &'a Rule,
    recurrence: Recurrence,
    workdays: &'a Workdays,
    district_code: &'a str,
}

impl<'a> Timetable<'a> {
    /// # Errors
    /// The recurrence is nothing we follow.
    pub fn of(
        rule: &'a Rule,
        workdays: &'a Workdays,
        district_code: &'a str,
    ) -> Result<Self, Mistake> {
        let recurrence = Recurrence::parse(&rule.rrule, rule.starts_on)?;
        Ok(Self { rule, recurrence, workdays, district_code })
    }

    /// # Errors
    /// `Mistake::NeverHappens`
    pub fn check(&self) -> Result<(), Mistake> {
        let is_ever = self.recurrence.happens(self.rule.starts_on, self.rule.ends_on);
        if is_ever { Ok(()) } else { Err(Mistake::NeverHappens) }
    }

    /// The days of the plan in `from..=until`.
    #[must_use]
    pub fn days(&self, from: NaiveDate, until: NaiveDate) -> BTreeSet<NaiveDate> {
        let rule = self.rule;
        let from = from.max(rule.starts_on);
        let until = rule.ends_on.map_or(until, |end| end.min(until));
        let mut days = self.recurrence.days(from, until);
        if rule.skips_holidays {
            days.retain(|day| !self.workdays.is_day_off(*day));
        }
        if rule.runs_on_make_up_days {
            let all = from.iter_days().take_while(|day| *day <= until);
            days.extend(all.filter(|day| self.workdays.is_make_up_day(*day)));
        }
        let is_inside = |day: &&NaiveDate| (from..=until).contains(*day);
        days.extend(rule.extra_dates.iter().filter(is_inside));
        days.retain(|day| !rule.blackout_dates.contains(day));
        days
    }

    /// The slots of the days `from..=until`, next first.
    #[must_use]
    pub fn slots(&self, from: NaiveDate, until: NaiveDate) -> Vec<PlannedSlot> {
        self.days(from, until).into_iter().flat_map(|day| self.slots_of(day)).collect()
    }

    /// The slots that are to be there at `now`: what lies ahead, up to the horizon; one more than
    /// [`MOST_SLOTS`] at most.
    #[must_use]
    pub fn ahead(&self, now: DateTime<Utc>, today: NaiveDate) -> Vec<PlannedSlot> {
        let horizon = u64::try_from(self.rule.horizon_days).unwrap_or_default();
        let until = today.checked_add_days(Days::new(horizon)).unwrap_or(today);
        let days = self.days(today, until).into_iter();
        let slots = days.flat_map(|day| self.slots_of(day)).filter(|slot| slot.starts_at > now);
        slots.take(MOST_SLOTS + 1).collect()
    }

    fn slots_of(&self, day: NaiveDate) -> Vec<PlannedSlot> {
        let rule = self.rule;
        let length = TimeDelta::minutes(i64::from(rule.slot_minutes.max(1)));
        let step = length + TimeDelta::minutes(i64::from(rule.buffer_minutes));
        let released_at = rule.release.map(|release| {
            let before = u64::try_from(release.days_before).unwrap_or_default();
            release.at.on(day.checked_sub_days(Days::new(before)).unwrap_or(day))
        });
        let priority = TimeDelta::minutes(i64::from(rule.district_first_minutes));
        let district_first_until =
            released_at.filter(|_| !priority.is_zero()).map(|at| at + priority);
        let mut slots = Vec::new();
        for window in &rule.windows {
            let (mut starts_at, end) = (window.from.on(day), window.to.on(day));
            while starts_at + length <= end {
                let notice = rule.notice_minutes.map(|minutes| TimeDelta::minutes(minutes.into()));
                slots.push(PlannedSlot {
                    starts_at,
                    ends_at: starts_at + length,
                    starts_on: day,
                    capacity: rule.capacity,
                    reserved_units: rule.reserved_units,
                    released_at,
                    district_code: district_first_until.map(|_| self.district_code.to_owned()),
                    district_first_until,
                    closes_at: notice.map(|notice| starts_at - notice),
                });
                starts_at += step;
            }
        }
        slots
    }
}
