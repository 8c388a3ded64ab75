//! The states of a complaint and its number.

use chrono::NaiveDate;
use entity::complaint::ComplaintStatus;
use entity::correction_request::CorrectionField;
use serde::Serialize;
use utoipa::ToSchema;

use crate::platform::http::text::{normalised_phone, one_line};

/// Working days until the authority must have answered (Order 121, Art. 15).
pub const ACCEPT_WITHIN: u32 = 7;
/// Random characters of a number: about 39 bits beside the day.
pub const NUMBER_LENGTH: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    Complainant,
    Handler,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComplaintAction {
    Withdraw,
    Accept,
    Refuse,
}

/// The table of transitions; `None` is refused.
#[must_use]
pub fn transition(
    who: Party,
    from: ComplaintStatus,
    action: ComplaintAction,
) -> Option<ComplaintStatus> {
    use ComplaintAction as A;
    use ComplaintStatus as S;

    match (who, from, action) {
        (Party::Complainant, S::Submitted | S::Accepted, A::Withdraw) => Some(S::Withdrawn),
        (Party::Handler, S::Submitted, A::Accept) => Some(S::Accepted),
        (Party::Handler, S::Submitted, A::Refuse) => Some(S::NotAccepted),
        _ => None,
    }
}

#[must_use]
pub fn allowed_actions(who: Party, status: ComplaintStatus) -> Vec<ComplaintAction> {
    [ComplaintAction::Withdraw, ComplaintAction::Accept, ComplaintAction::Refuse]
        .into_iter()
        .filter(|action| transition(who, status, *action).is_some())
        .collect()
}

/// Whether somebody is still to act on a complaint.
#[must_use]
pub fn is_open(status: ComplaintStatus) -> bool {
    matches!(status, ComplaintStatus::Submitted | ComplaintStatus::Accepted)
}

/// `TS20261120-7F3K9QXW`
#[must_use]
pub fn number(received_on: NaiveDate, random: &str) -> String {
    format!("TS{}-{random}", received_on.format("%Y%m%d"))
}

/// Complaints go to the county authority (Art. 13): a county, or a street or township in it.
#[must_use]
pub fn is_handled_at(region_code: &str) -> bool {
    matches!(region_code.len(), 6 | 9)
}

/// A detail of the complainant in the spelling that is stored, by the limits of a new complaint.
#[must_use]
pub fn own_detail(field: CorrectionField, text: &str) -> Option<String> {
    let fits = |least: usize, most: usize| {
        let is_good = (least..=most).contains(&text.chars().count()) && one_line(text).is_ok();
        is_good.then(|| text.to_owned())
    };
    match field {
        CorrectionField::ComplainantName => fits(2, 40),
        CorrectionField::ComplainantPhone => normalised_phone(text),
        CorrectionField::ComplainantAddress => fits(4, 200),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decided_complaint_is_decided() {
        for status in [ComplaintStatus::NotAccepted, ComplaintStatus::Withdrawn] {
            assert_eq!(allowed_actions(Party::Handler, status), []);
            assert_eq!(allowed_actions(Party::Complainant, status), []);
        }
        assert_eq!(
            allowed_actions(Party::Complainant, ComplaintStatus::Accepted),
            [ComplaintAction::Withdraw]
        );
        assert_eq!(
            allowed_actions(Party::Handler, ComplaintStatus::Submitted),
            [ComplaintAction::Accept, ComplaintAction::Refuse]
        );
    }

    #[test]
    fn a_detail_is_held_to_the_rules_of_a_new_complaint() {
        use CorrectionField as F;

        let phone = own_detail(F::ComplainantPhone, "+86 138-0013-8000");
        assert_eq!(phone.as_deref(), Some("13800138000"));
        assert_eq!(own_detail(F::ComplainantPhone, "幸福路"), None);
        assert_eq!(own_detail(F::ComplainantName, "王"), None);
        assert_eq!(own_detail(F::ComplainantAddress, "幸福路\n1 号"), None);
        assert!(own_detail(F::ComplainantName, "王小明").is_some());
    }

    #[test]
    fn numbers_show_the_day() {
        let day = "2026-11-20".parse().unwrap();
        assert_eq!(number(day, "7F3K9QXW"), "TS20261120-7F3K9QXW");
    }
}
