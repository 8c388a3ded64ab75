//! Pure rules: when a lab takes bookings, what a certificate must say, what a week looks like.

use chrono::{Days, NaiveDate};
use entity::lab::LabStatus;
use entity::lab_service::{ServiceKind, ServiceStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::platform::http::{ErrorCode, FieldError};

/// What needs no accreditation, because nothing is tested. The rest does by 《检验检测机构资质认定管理办法》
/// (市场监管总局令第163号), article 5.
pub const UNACCREDITED_KINDS: [ServiceKind; 2] = [ServiceKind::Consultation, ServiceKind::OpenDay];

/// Certificates run for six years; more than this is a slip of the pen.
const LONGEST_DAYS: u64 = 20 * 366;

/// What decides whether a service may be booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    pub lab: LabStatus,
    pub accredited_until: Option<NaiveDate>,
    pub kind: ServiceKind,
    pub service: ServiceStatus,
}

/// Why a service takes no bookings today. The guard of the slots decides; this explains.
///
/// # Errors
/// `slot_closed` for a suspended lab or a closed service, `lab_not_accredited`.
pub fn bookable(offer: &Offer, today: NaiveDate) -> Result<(), ErrorCode> {
    if offer.lab != LabStatus::Active || offer.service != ServiceStatus::Open {
        return Err(ErrorCode::SlotClosed);
    }
    accredited(offer, today)
}

/// Whether what a service does may be done today.
///
/// # Errors
/// `lab_not_accredited`
pub fn accredited(offer: &Offer, today: NaiveDate) -> Result<(), ErrorCode> {
    let is_accredited = offer.accredited_until.is_some_and(|last_day| last_day >= today);
    if is_accredited || UNACCREDITED_KINDS.contains(&offer.kind) {
        Ok(())
    } else {
        Err(ErrorCode::LabNotAccredited)
    }
}

/// A certificate exists already, and does not end before it begins.
#[must_use]
pub fn wrong_dates(
    issued_on: NaiveDate,
    valid_until: NaiveDate,
    today: NaiveDate,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if issued_on > today {
        errors.push(FieldError::new("issued_on", "out_of_range", "不能晚于今天"));
    }
    let latest = issued_on.checked_add_days(Days::new(LONGEST_DAYS)).unwrap_or(issued_on);
    if !(issued_on..=latest).contains(&valid_until) {
        let message = "不能早于发证日期，也不能超过二十年";
        errors.push(FieldError::new("valid_until", "out_of_range", message));
    }
    errors
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// From when until when a lab is open on a weekday. A day may have several, as around noon.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Validate, ToSchema,
)]
#[serde(deny_unknown_fields)]
pub struct OpeningHours {
    pub day: Weekday,
    /// `HH:MM`, Asia/Shanghai
    #[validate(custom(function = "time_of_day"))]
    #[schema(pattern = r"^([01]\d|2[0-3]):[0-5]\d$", example = "09:00")]
    pub opens: String,
    #[validate(custom(function = "time_of_day"))]
    #[schema(pattern = r"^([01]\d|2[0-3]):[0-5]\d$", example = "17:00")]
    pub closes: String,
}

fn time_of_day(text: &str) -> Result<(), ValidationError> {
    let number = |part: Option<&str>| part.and_then(|digits| digits.parse::<u8>().ok());
    let has_shape = text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit() || b == b':');
    let is_time = number(text.get(..2)).is_some_and(|hour| hour < 24)
        && text.get(2..3) == Some(":")
        && number(text.get(3..)).is_some_and(|minute| minute < 60);
    if has_shape && is_time {
        return Ok(());
    }
    Err(ValidationError::new("invalid_format").with_message("应为 HH:MM".into()))
}

/// The week in order, if each day's hours follow each other.
///
/// # Errors
/// `validation_failed` on the hours that end before they begin or overlap others.
pub fn week(mut hours: Vec<OpeningHours>) -> Result<Vec<OpeningHours>, FieldError> {
    let wrong = |index: usize, field: &str| {
        let path = format!("opening_hours[{index}].{field}");
        FieldError::new(&path, "out_of_range", "应晚于开始时间，且各时段不能重叠")
    };
    // `HH:MM` sorts as the time does.
    if let Some(index) = hours.iter().position(|one| one.closes <= one.opens) {
        return Err(wrong(index, "closes"));
    }
    let overlaps = |(index, one): (usize, &OpeningHours)| {
        let others = hours.iter().take(index);
        let clash = |other: &OpeningHours| {
            other.day == one.day && other.opens < one.closes && one.opens < other.closes
        };
        others.into_iter().any(clash)
    };
    if let Some(index) = hours.iter().enumerate().position(overlaps) {
        return Err(wrong(index, "opens"));
    }
    hours.sort();
    Ok(hours)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn only_what_tests_nothing_needs_no_accreditation() {
        let until = |accredited_until: Option<NaiveDate>, kind| Offer {
            lab: LabStatus::Active,
            accredited_until,
            kind,
            service: ServiceStatus::Open,
        };
        let today = day("2026-11-20");
        for kind in ServiceKind::all() {
            let is_talk = matches!(kind, ServiceKind::Consultation | ServiceKind::OpenDay);
            let refused = if is_talk { Ok(()) } else { Err(ErrorCode::LabNotAccredited) };
            assert_eq!(bookable(&until(None, kind), today), refused);
            assert_eq!(bookable(&until(Some(day("2026-11-19")), kind), today), refused);
            let valid = until(Some(today), kind);
            assert_eq!(bookable(&valid, today), Ok(()));
            let closed = Offer { service: ServiceStatus::Closed, ..valid };
            assert_eq!(bookable(&closed, today), Err(ErrorCode::SlotClosed));
            let suspended = Offer { lab: LabStatus::Suspended, ..valid };
            assert_eq!(bookable(&suspended, today), Err(ErrorCode::SlotClosed));
        }
    }

    #[test]
    fn a_certificate_begins_in_the_past_and_ends_after_that() {
        let today = day("2026-11-20");
        let wrong = |from, until| -> Vec<String> {
            wrong_dates(day(from), day(until), today).into_iter().map(|error| error.path).collect()
        };
        assert!(wrong("2026-11-20", "2026-11-20").is_empty());
        assert!(wrong("2020-02-29", "2026-02-28").is_empty());
        assert_eq!(wrong("2026-11-21", "2030-01-01"), ["issued_on"]);
        assert_eq!(wrong("2026-11-20", "2026-11-19"), ["valid_until"]);
        assert_eq!(wrong("2026-11-20", "9999-12-31"), ["valid_until"]);
    }

    #[test]
    fn a_week_has_hours_that_follow_each_other() {
        let open = |day, opens: &str, closes: &str| OpeningHours {
            day,
            opens: opens.to_owned(),
            closes: closes.to_owned(),
        };
        let (noon, morning) =
            (open(Weekday::Monday, "13:00", "17:00"), open(Weekday::Monday, "09:00", "13:00"));
        let path = |hours| week(hours).unwrap_err().path;
        assert_eq!(week(vec![noon.clone(), morning.clone()]).unwrap(), [morning.clone(), noon]);
        assert_eq!(path(vec![open(Weekday::Sunday, "09:00", "09:00")]), "opening_hours[0].closes");
        let late = open(Weekday::Monday, "12:59", "14:00");
        assert_eq!(path(vec![morning.clone(), late]), "opening_hours[1].opens");
        let other_day = open(Weekday::Tuesday, "09:00", "13:00");
        assert_eq!(week(vec![other_day, morning]).unwrap().len(), 2);
        for text in ["24:00", "9:00", "09:60", "0900", "+9:00", "09:+1", "零九:00", ""] {
            assert!(time_of_day(text).is_err(), "{text}");
        }
        assert!(time_of_day("23:59").is_ok());
    }
}
