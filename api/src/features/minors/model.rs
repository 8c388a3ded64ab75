//! Which age band somebody may come to be in, and when to ask again. Pure.

use chrono::{Datelike, Months, NaiveDate};
use entity::account::AgeBand;
use entity::guardian_consent::GuardianStatement;

use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

const MONTH: &str = "turns_next_in";

/// A band, and of a minor the day from which to ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared {
    pub band: AgeBand,
    pub review_on: Option<NaiveDate>,
}

/// Who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    Owner,
    Guardian,
    Staff,
}

/// Reads a declaration: a teen names the month of the 18th birthday, a child may name that of the
/// 14th, an adult names none.
///
/// # Errors
/// `validation_failed` for a month that is missing, superfluous, past, or too far away.
pub fn declared(band: AgeBand, month: Option<&str>, today: NaiveDate) -> AppResult<Declared> {
    let wrong = |code, message: &str| AppError::from(FieldError::new(MONTH, code, message));
    let years = match band {
        AgeBand::Adult => 0,
        AgeBand::Teen => 4,
        AgeBand::Child => 14,
    };
    let review_on = match (band, month) {
        (AgeBand::Adult, Some(_)) => {
            return Err(wrong("invalid_format", "已满十八周岁的不需要填写"));
        }
        (AgeBand::Teen, None) => return Err(wrong("required", "请填写年满十八周岁的月份")),
        (_, None) => None,
        (_, Some(month)) => {
            let first = NaiveDate::parse_from_str(&format!("{month}-01"), "%Y-%m-%d").ok();
            let first = first.filter(|_| month.len() == 7);
            let first = first.ok_or_else(|| wrong("invalid_format", "应为年份和月份"))?;
            // The month has to be over before the birthday is certainly past.
            let after = first.checked_add_months(Months::new(1));
            let latest = today.checked_add_months(Months::new(12 * years));
            let is_possible = after.is_some_and(|after| after > today)
                && latest.is_some_and(|latest| {
                    (first.year(), first.month()) <= (latest.year(), latest.month())
                });
            if !is_possible {
                return Err(wrong("out_of_range", "与所选年龄段不符"));
            }
            after
        }
    };
    Ok(Declared { band, review_on })
}

/// What a declaration does to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Said again: the month that was named first stays, or a child would name the next one.
    Unchanged,
    Change,
}

/// # Errors
/// `age_raise_refused`
pub fn step(
    from: Option<AgeBand>,
    to: AgeBand,
    by: Authority,
    is_review_due: bool,
) -> AppResult<Step> {
    let age = |band| match band {
        AgeBand::Child => 0,
        AgeBand::Teen => 1,
        AgeBand::Adult => 2,
    };
    let Some(from) = from else { return Ok(Step::Change) };
    let is_next = age(to) == age(from) + 1;
    let may_raise = match by {
        Authority::Owner => is_review_due && is_next,
        Authority::Guardian => is_next,
        Authority::Staff => true,
    };
    match age(to).cmp(&age(from)) {
        std::cmp::Ordering::Less => Ok(Step::Change),
        std::cmp::Ordering::Equal if by == Authority::Owner && !is_review_due => {
            Ok(Step::Unchanged)
        }
        std::cmp::Ordering::Equal => Ok(Step::Change),
        std::cmp::Ordering::Greater if may_raise => Ok(Step::Change),
        std::cmp::Ordering::Greater => Err(ErrorCode::AgeRaiseRefused.into()),
    }
}

/// A guardian acknowledges each of the seven statements, none instead of another.
///
/// # Errors
/// `validation_failed`
pub fn check_statements(acknowledged: &[GuardianStatement]) -> AppResult<()> {
    let is_complete = GuardianStatement::ALL.iter().all(|one| acknowledged.contains(one));
    if is_complete && acknowledged.len() == GuardianStatement::ALL.len() {
        return Ok(());
    }
    Err(FieldError::new("statements", "required", "请逐条阅读并确认七项告知").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_is_asked_of_teens_allowed_to_children_and_refused_to_adults() {
        let today = day("2026-11-20");
        let review = |band, month| declared(band, month, today).map(|d| d.review_on);
        assert_eq!(review(AgeBand::Adult, None).unwrap(), None);
        assert_eq!(review(AgeBand::Child, None).unwrap(), None);
        assert_eq!(review(AgeBand::Teen, Some("2026-11")).unwrap(), Some(day("2026-12-01")));
        assert_eq!(review(AgeBand::Teen, Some("2030-11")).unwrap(), Some(day("2030-12-01")));
        assert_eq!(review(AgeBand::Child, Some("2040-11")).unwrap(), Some(day("2040-12-01")));
        for (band, month) in [
            (AgeBand::Adult, Some("2027-01")),
            (AgeBand::Teen, None),
            (AgeBand::Teen, Some("2026-10")),
            (AgeBand::Teen, Some("2030-12")),
            (AgeBand::Child, Some("2040-12")),
            (AgeBand::Child, Some("2027-13")),
            (AgeBand::Child, Some("2027-1")),
            (AgeBand::Child, Some("+027-01")),
            (AgeBand::Child, Some("999999999-01")),
        ] {
            assert!(review(band, month).is_err(), "{band:?} {month:?}");
        }
    }

    #[test]
    fn younger_is_free_and_older_needs_a_reason() {
        use AgeBand::{Adult, Child, Teen};
        use Authority::{Guardian, Owner, Staff};

        for to in [Adult, Teen, Child] {
            assert_eq!(step(None, to, Owner, false).unwrap(), Step::Change);
            assert_eq!(step(Some(Adult), to, Owner, true).unwrap(), Step::Change);
        }
        assert_eq!(step(Some(Adult), Child, Owner, false).unwrap(), Step::Change);
        assert_eq!(step(Some(Teen), Teen, Owner, false).unwrap(), Step::Unchanged);
        assert_eq!(step(Some(Teen), Teen, Staff, false).unwrap(), Step::Change);
        for (from, to, by, is_due) in [
            (Child, Teen, Owner, false),
            (Child, Adult, Owner, true),
            (Teen, Adult, Owner, false),
            (Child, Adult, Guardian, false),
        ] {
            assert!(step(Some(from), to, by, is_due).is_err(), "{from:?} {to:?} {by:?}");
        }
        assert!(step(Some(Child), Teen, Owner, true).is_ok());
        assert!(step(Some(Child), Teen, Guardian, false).is_ok());
        assert!(step(Some(Child), Adult, Staff, false).is_ok());
    }

    #[test]
    fn six_statements_are_not_seven() {
        let mut all = GuardianStatement::ALL.to_vec();
        assert!(check_statements(&all).is_ok());
        let last = all.pop().unwrap();
        assert!(check_statements(&all).is_err());
        all.push(all[0]);
        assert!(check_statements(&all).is_err());
        all.push(last);
        assert!(check_statements(&all).is_err());
    }
}
