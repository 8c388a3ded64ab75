//! Pure rules: months, spans of days, shares, and where somebody's rights reach.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::platform::auth::{PlaceScope, RegionScope};
use crate::platform::clock::day_begins;

/// The most days one look back takes in.
pub const MOST_DAYS: i64 = 366;

/// What bookings are counted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountBy {
    #[default]
    Lab,
    Province,
    City,
    District,
    /// Outreach stops; what happens at the lab itself is one group without an id.
    Stop,
    Service,
    /// The kind of service.
    Kind,
}

impl CountBy {
    /// How many digits of a region's code tell the group.
    #[must_use]
    pub fn region_digits(self) -> Option<i32> {
        match self {
            Self::Province => Some(2),
            Self::City => Some(4),
            Self::District => Some(6),
            Self::Lab | Self::Stop | Self::Service | Self::Kind => None,
        }
    }
}

/// What samples are counted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountSamplesBy {
    /// Samples of no named class are one group without a code.
    #[default]
    ProductClass,
    Lab,
    Province,
    City,
    District,
    Stop,
    Service,
    Kind,
}

impl CountSamplesBy {
    /// The same of their bookings, but for what only a sample has.
    #[must_use]
    pub fn of_bookings(self) -> Option<CountBy> {
        Some(match self {
            Self::ProductClass => return None,
            Self::Lab => CountBy::Lab,
            Self::Province => CountBy::Province,
            Self::City => CountBy::City,
            Self::District => CountBy::District,
            Self::Stop => CountBy::Stop,
            Self::Service => CountBy::Service,
            Self::Kind => CountBy::Kind,
        })
    }
}

/// What was found of a sample, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// No report on it holds.
    Open,
    NotJudged,
    Passed,
    Failed,
    /// Failed what endangers people.
    Unsafe,
}

impl Finding {
    pub const ALL: [Self; 5] =
        [Self::Open, Self::NotJudged, Self::Passed, Self::Failed, Self::Unsafe];

    /// Its place in the order, for the database to find the worst by.
    #[must_use]
    pub fn rank(self) -> i32 {
        match self {
            Self::Open => 0,
            Self::NotJudged => 1,
            Self::Passed => 2,
            Self::Failed => 3,
            Self::Unsafe => 4,
        }
    }

    /// The finding of a rank; `Open` when there is none.
    #[must_use]
    pub fn ranked(rank: Option<i32>) -> Self {
        Self::ALL.into_iter().find(|one| Some(one.rank()) == rank).unwrap_or(Self::Open)
    }
}

/// From the beginning of one instant to before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

impl Span {
    /// Days in China, both included. `None` when they are no year or less.
    #[must_use]
    pub fn of_days(from: NaiveDate, to: NaiveDate) -> Option<Self> {
        let days = (to - from).num_days() + 1;
        let is_storable = (1970..9999).contains(&from.year()) && (1970..9999).contains(&to.year());
        let is_right = is_storable && (1..=MOST_DAYS).contains(&days);
        let after = to.checked_add_days(Days::new(1))?;
        is_right.then(|| Self { from: day_begins(from), until: day_begins(after) })
    }

    /// A month as people write it, `2026-11`.
    #[must_use]
    pub fn of_month(text: &str) -> Option<Self> {
        let is_plain = text.len() == 7 && text.is_ascii();
        let first: NaiveDate = is_plain.then(|| format!("{text}-01"))?.parse().ok()?;
        let last = first.checked_add_months(Months::new(1))?.pred_opt()?;
        Self::of_days(first, last)
    }
}

/// Where somebody may look, as it is stored with what was made for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The whole country.
    pub everywhere: bool,
    pub regions: Vec<String>,
    pub labs: Vec<Uuid>,
}

impl Reach {
    /// Whether nothing of `other` lies beyond.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let within = |code: &String| self.regions.iter().any(|own| code.starts_with(own));
        self.everywhere
            || (!other.everywhere
                && other.regions.iter().all(within)
                && other.labs.iter().all(|lab| self.labs.contains(lab)))
    }
}

impl From<&PlaceScope> for Reach {
    fn from(scope: &PlaceScope) -> Self {
        let regions = match &scope.regions {
            RegionScope::Country => Vec::new(),
            RegionScope::Prefixes(codes) => codes.clone(),
        };
        let everywhere = scope.regions == RegionScope::Country;
        Self { everywhere, regions, labs: scope.places.clone() }
    }
}

impl From<Reach> for PlaceScope {
    fn from(reach: Reach) -> Self {
        let regions = if reach.everywhere {
            RegionScope::Country
        } else {
            RegionScope::Prefixes(reach.regions)
        };
        Self { regions, places: reach.labs }
    }
}

/// `part` of `whole` in thousandths; none of nothing.
#[must_use]
pub fn per_mille(part: i64, whole: i64) -> Option<i64> {
    (whole > 0).then(|| part * 1_000 / whole)
}

/// One place in a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    Number(i32),
    Time(Option<DateTime<Utc>>),
}

/// Whether a spreadsheet program could take a text for a formula.
#[must_use]
pub fn looks_like_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_ranked_in_their_order() {
        assert!(
            Finding::ALL.is_sorted_by_key(|finding| finding.rank()) && Finding::ALL.is_sorted()
        );
        for finding in Finding::ALL {
            assert_eq!(Finding::ranked(Some(finding.rank())), finding);
        }
        assert_eq!(Finding::ranked(None), Finding::Open);
    }

    #[test]
    fn a_span_is_days_of_china_and_at_most_a_year() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let span = Span::of_days(day("2026-11-20"), day("2026-11-20")).unwrap();
        assert_eq!(span.from.to_rfc3339(), "2026-11-19T16:00:00+00:00");
        assert_eq!(span.until.to_rfc3339(), "2026-11-20T16:00:00+00:00");
        assert!(Span::of_days(day("2028-01-01"), day("2028-12-31")).is_some(), "a leap year");
        assert!(Span::of_days(day("2026-01-01"), day("2027-01-02")).is_none());
        assert!(Span::of_days(day("2026-11-20"), day("2026-11-19")).is_none());
        assert!(Span::of_days(NaiveDate::MIN, NaiveDate::MIN).is_none());
        assert!(Span::of_days(NaiveDate::MAX, NaiveDate::MAX).is_none());
    }

    #[test]
    fn a_month_begins_at_midnight_in_china() {
        let month = Span::of_month("2026-12").unwrap();
        assert_eq!(month.from.to_rfc3339(), "2026-11-30T16:00:00+00:00");
        assert_eq!(month.until.to_rfc3339(), "2026-12-31T16:00:00+00:00");
        for wrong in
            ["", "2026", "2026-13", "2026-00", "26-11", "2026-1", "2026/11", "+202-11", "二〇"]
        {
            assert_eq!(Span::of_month(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_reach_covers_what_lies_within_it() {
        let reach = |codes: &[&str], labs: &[u128]| Reach {
            everywhere: false,
            regions: codes.iter().map(|code| (*code).to_owned()).collect(),
            labs: labs.iter().map(|lab| Uuid::from_u128(*lab)).collect(),
        };
        let country = Reach { everywhere: true, ..reach(&[], &[]) };
        assert!(country.covers(&country) && country.covers(&reach(&["11"], &[1])));
        assert!(reach(&["11"], &[]).covers(&reach(&["1101"], &[])));
        assert!(!reach(&["1101"], &[]).covers(&reach(&["11"], &[])));
        assert!(!reach(&["11"], &[]).covers(&reach(&[], &[1])));
        assert!(reach(&[], &[1, 2]).covers(&reach(&[], &[2])));
        assert!(!reach(&["11"], &[1]).covers(&country));
        assert_eq!(Reach::from(&PlaceScope::from(country.clone())), country);
        let some = reach(&["11"], &[1]);
        assert_eq!(Reach::from(&PlaceScope::from(some.clone())), some);
    }

    #[test]
    fn texts_that_a_spreadsheet_would_run_are_known() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert!(looks_like_formula(text), "{text}");
        }
        for text in ["", "儿童座椅", "a=b", "1-2"] {
            assert!(!looks_like_formula(text), "{text}");
        }
    }
}
