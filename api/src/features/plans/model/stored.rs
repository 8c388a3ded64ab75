//! A rule as it stands in the columns of its plan.

use entity::plan;

use super::rule::{Release, Rule};

impl Rule {
    /// # Errors
    /// The columns hold what this version does not write.
    pub fn stored(row: &plan::Model) -> Result<Self, serde_json::Error> {
        let at = row.release_at.clone().map(|at| serde_json::from_value(at.into())).transpose()?;
        let release = row.release_days_before.zip(at);
        Ok(Self {
            rrule: row.rrule.clone(),
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            windows: serde_json::from_value(row.windows.clone())?,
            slot_minutes: row.slot_minutes,
            buffer_minutes: row.buffer_minutes,
            capacity: row.capacity,
            reserved_units: row.reserved_units,
            notice_minutes: row.notice_minutes,
            horizon_days: row.horizon_days,
            release: release.map(|(days_before, at)| Release { days_before, at }),
            district_first_minutes: row.district_first_minutes,
            skips_holidays: row.skips_holidays,
            runs_on_make_up_days: row.runs_on_make_up_days,
            extra_dates: serde_json::from_value(row.extra_dates.clone())?,
            blackout_dates: serde_json::from_value(row.blackout_dates.clone())?,
        })
    }

    /// `row` with this rule.
    ///
    /// # Errors
    /// As of `serde_json`.
    pub fn store(&self, row: plan::Model) -> Result<plan::Model, serde_json::Error> {
        Ok(plan::Model {
            rrule: self.rrule.clone(),
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            windows: serde_json::to_value(&self.windows)?,
            slot_minutes: self.slot_minutes,
            buffer_minutes: self.buffer_minutes,
            capacity: self.capacity,
            reserved_units: self.reserved_units,
            notice_minutes: self.notice_minutes,
            horizon_days: self.horizon_days,
            release_days_before: self.release.map(|release| release.days_before),
            release_at: self.release.map(|release| release.at.to_string()),
            district_first_minutes: self.district_first_minutes,
            skips_holidays: self.skips_holidays,
            runs_on_make_up_days: self.runs_on_make_up_days,
            extra_dates: serde_json::to_value(&self.extra_dates)?,
            blackout_dates: serde_json::to_value(&self.blackout_dates)?,
            ..row
        })
    }
}
