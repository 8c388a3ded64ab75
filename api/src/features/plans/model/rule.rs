//! What a lab says of its times.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::clock_time::ClockTime;
use crate::platform::http::FieldError;
use crate::platform::http::text::{one_line, trimmed};

/// Days, the slots of each of these days, and when they can be booked. All in China's time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// RFC 5545, of days: `FREQ` `DAILY`, `WEEKLY` or `MONTHLY`, with `INTERVAL`, `COUNT`, `BYDAY`,
    /// `BYMONTHDAY`, `BYMONTH`, `BYSETPOS`, `WKST`. The end is `ends_on`.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 10, max = 200), custom(function = "one_line"))]
    #[schema(example = "FREQ=WEEKLY;BYDAY=TU,TH")]
    pub rrule: String,
    pub starts_on: NaiveDate,
    /// The last day.
    pub ends_on: Option<NaiveDate>,
    /// In order; what lies between them is a break.
    #[validate(length(min = 1, max = 12))]
    pub windows: Vec<Window>,
    #[validate(range(min = 5, max = 1440))]
    pub slot_minutes: i32,
    /// Between one slot and the next.
    #[serde(default)]
    #[validate(range(min = 0, max = 240))]
    pub buffer_minutes: i32,
    /// Places of each slot.
    #[validate(range(min = 1, max = 10_000))]
    pub capacity: i32,
    /// Of these for who comes by phone or in person.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000))]
    pub reserved_units: i32,
    /// Booking ends this long before the beginning; the usual time when absent.
    #[validate(range(min = 0, max = 43_200))]
    pub notice_minutes: Option<i32>,
    /// How far ahead there are slots.
    #[validate(range(min = 1, max = 180))]
    pub horizon_days: i32,
    /// When slots can be booked; at once when absent.
    #[validate(nested)]
    pub release: Option<Release>,
    /// So long after the release the residents of the lab's district go first.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_080))]
    pub district_first_minutes: i32,
    /// Not on the State Council's days off.
    #[serde(default)]
    pub skips_holidays: bool,
    /// Also on each of its make-up working days.
    #[serde(default)]
    pub runs_on_make_up_days: bool,
    #[serde(default)]
    #[validate(length(max = 100))]
    pub extra_dates: Vec<NaiveDate>,
    /// Never on these, whatever else says so.
    #[serde(default)]
    #[validate(length(max = 366))]
    pub blackout_dates: Vec<NaiveDate>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    pub from: ClockTime,
    pub to: ClockTime,
}

/// A wave: all slots of a day can be booked from the same instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Before the day of the slot.
    #[validate(range(min = 0, max = 180))]
    pub days_before: i32,
    pub at: ClockTime,
}

/// How far from today a plan may begin, so that what is counted from there has a bound.
const BEGINS_WITHIN_DAYS: i64 = 366;

impl Rule {
    /// What is wrong with the fields together, each by its own limits being fine. A beginning that
    /// stays as it was may be long ago.
    #[must_use]
    pub fn mistakes(&self, today: NaiveDate, before: Option<&Self>) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        let mut check = |holds: bool, path: &str, message: &'static str| {
            if !holds {
                wrong.push(FieldError::new(&format!("rule.{path}"), "out_of_range", message));
            }
        };
        let is_kept = before.is_some_and(|before| before.starts_on == self.starts_on);
        let days = (self.starts_on - today).num_days().abs();
        check(is_kept || days <= BEGINS_WITHIN_DAYS, "starts_on", "应在今天前后一年之内");
        let is_ahead = self.ends_on.is_none_or(|end| end >= self.starts_on);
        check(is_ahead, "ends_on", "不能早于开始日期");
        let is_forward = self.windows.iter().all(|window| window.from < window.to);
        check(is_forward, "windows", "每段的结束应晚于开始");
        let in_order = self.windows.windows(2).all(|pair| match pair {
            [one, next] => one.to <= next.from,
            _ => true,
        });
        check(in_order, "windows", "各段应按先后排列且互不重叠");
        let length = i64::from(self.slot_minutes);
        let fits = |window: &Window| window.to.minutes() - window.from.minutes() >= length;
        check(self.windows.iter().any(fits), "slot_minutes", "没有一段能容纳一个时段");
        check(self.reserved_units <= self.capacity, "reserved_units", "不能多于总名额");
        let has_release = self.release.is_some() || self.district_first_minutes == 0;
        check(has_release, "district_first_minutes", "需同时设置放号时间");
        wrong
    }
}
