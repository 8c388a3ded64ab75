//! The days of an RRULE (RFC 5545, section 3.3.10), within bounds: what its author may say is
//! listed here, and how far the library may look for the next day is known.

use std::collections::BTreeSet;
use std::str::FromStr as _;

use chrono::{Days, NaiveDate, NaiveTime};
use rrule::{Frequency, RRule, RRuleSet, Tz, Validated};

use super::timetable::Mistake;

/// What a rule of days may consist of, and how many values each may have.
const PARTS: [(&str, usize); 8] = [
    ("FREQ", 1),
    ("INTERVAL", 1),
    ("COUNT", 1),
    ("BYDAY", 14),
    ("BYMONTHDAY", 31),
    ("BYMONTH", 12),
    ("BYSETPOS", 8),
    ("WKST", 1),
];
const MOST_INTERVAL: u16 = 60;
const MOST_COUNT: u32 = 1000;
/// Days the library may name before we stop listening: fifty years of every day.
const MOST_EXAMINED: usize = 18_300;
/// A rule that names no day within this time after its beginning never does; the 29th of February
/// comes after eight years at most.
const PATIENCE_DAYS: u64 = 9 * 366;
/// The Gregorian calendar, weekdays included, repeats after 400 years. The library looks for the
/// next day until the year 10,000, and a rule that has none is to find that out soon: so its days
/// are computed in the last such cycle.
const SHIFT_DAYS: u64 = 146_097 * 19;

/// A rule that can be asked.
#[derive(Clone, Debug)]
pub(super) struct Recurrence {
    set: RRuleSet,
}

impl Recurrence {
    /// # Errors
    /// `Mistake::Rule`
    pub fn parse(text: &str, starts_on: NaiveDate) -> Result<Self, Mistake> {
        check_parts(text)?;
        let shifted = starts_on.checked_add_days(Days::new(SHIFT_DAYS));
        let shifted = shifted.ok_or(Mistake::Rule("开始日期过晚"))?;
        let start = shifted.and_time(NaiveTime::MIN).and_utc().with_timezone(&Tz::UTC);
        let rule = RRule::from_str(text).map_err(|_unparsable| Mistake::Rule(SYNTAX))?;
        let rule = rule.validate(start).map_err(|_impossible| Mistake::Rule(SYNTAX))?;
        check_bounds(&rule)?;
        Ok(Self { set: RRuleSet::new(start).rrule(rule).limit() })
    }

    /// Its days from the first to `until`.
    fn upto(&self, until: NaiveDate) -> impl Iterator<Item = NaiveDate> + '_ {
        self.set
            .into_iter()
            .take(MOST_EXAMINED)
            .filter_map(|at| at.date_naive().checked_sub_days(Days::new(SHIFT_DAYS)))
            .take_while(move |day| *day <= until)
    }

    /// Its days in `from..=until`.
    pub fn days(&self, from: NaiveDate, until: NaiveDate) -> BTreeSet<NaiveDate> {
        self.upto(until).filter(|day| *day >= from).collect()
    }

    /// Whether it names any day at all, up to `ends_on`.
    pub fn happens(&self, starts_on: NaiveDate, ends_on: Option<NaiveDate>) -> bool {
        let patience = starts_on.checked_add_days(Days::new(PATIENCE_DAYS));
        let until = patience.into_iter().chain(ends_on).min().unwrap_or(starts_on);
        self.upto(until).next().is_some()
    }
}

const SYNTAX: &str = "不是有效的周期规则";

/// Before the library sees it: known parts, once each, with a bounded number of plain values.
fn check_parts(text: &str) -> Result<(), Mistake> {
    let mut seen = Vec::new();
    for part in text.split(';') {
        let (name, values) = part.split_once('=').ok_or(Mistake::Rule(SYNTAX))?;
        let known = PARTS.iter().find(|(known, _)| *known == name);
        let (_, most) = known.ok_or(Mistake::Rule("含有不支持的规则项"))?;
        if seen.contains(&name) {
            return Err(Mistake::Rule("规则项重复"));
        }
        seen.push(name);
        if values.split(',').count() > *most {
            return Err(Mistake::Rule("规则项的取值过多"));
        }
        let is_plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b"+-,".contains(&b);
        let is_nothing = |value: &str| value.trim_matches(['+', '-', '0']).is_empty();
        if values.split(',').any(is_nothing) || !values.bytes().all(is_plain) {
            return Err(Mistake::Rule(SYNTAX));
        }
    }
    Ok(())
}

fn check_bounds(rule: &RRule<Validated>) -> Result<(), Mistake> {
    if !matches!(rule.get_freq(), Frequency::Daily | Frequency::Weekly | Frequency::Monthly) {
        return Err(Mistake::Rule("只支持按日、按周或按月"));
    }
    if !(1..=MOST_INTERVAL).contains(&rule.get_interval()) {
        return Err(Mistake::Rule("间隔应在 1 到 60 之间"));
    }
    if rule.get_count().is_some_and(|count| !(1..=MOST_COUNT).contains(&count)) {
        return Err(Mistake::Rule("次数应在 1 到 1000 之间"));
    }
    Ok(())
}
