//! What a resident is in the eyes of the rules for minors.

use chrono::{DateTime, Utc};
use entity::account::{self, AccountKind, AgeBand};
use sea_orm::FromQueryResult;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::platform::http::ErrorCode;

/// Read with the account, at most a second old; every resident permission lists the standings that
/// hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Adult,
    /// Not asked for the age yet: may do what an adult may, except for what needs one's word on it
    /// (guardianship, classes, and whatever is published).
    Undeclared,
    /// 14 to 17: consents by oneself (PIPL Art. 31 speaks of those under 14).
    Teen,
    /// Under 14 with a guardian's consent.
    Ward,
    /// Under 14 without a guardian's consent, or asked anew for the age and silent so far.
    Child,
    /// A pseudonymous seat of a class.
    Seat,
}

/// What of an account says which standing it has.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub(super) struct Age {
    kind: AccountKind,
    age_band: Option<AgeBand>,
    age_review_asked_at: Option<DateTime<Utc>>,
    guardian_consent_id: Option<Uuid>,
}

impl Age {
    pub fn standing(self) -> Standing {
        match (self.kind, self.age_band) {
            (AccountKind::Seat, _) => Standing::Seat,
            _ if self.age_review_asked_at.is_some() => Standing::Child,
            (_, None) => Standing::Undeclared,
            (_, Some(AgeBand::Adult)) => Standing::Adult,
            (_, Some(AgeBand::Teen)) => Standing::Teen,
            (_, Some(AgeBand::Child)) if self.guardian_consent_id.is_some() => Standing::Ward,
            (_, Some(AgeBand::Child)) => Standing::Child,
        }
    }
}

impl Standing {
    pub const ALL: [Self; 6] =
        [Self::Adult, Self::Undeclared, Self::Teen, Self::Ward, Self::Child, Self::Seat];

    #[must_use]
    pub fn of(account: &account::Model) -> Self {
        let account::Model { kind, age_band, age_review_asked_at, guardian_consent_id, .. } =
            *account;
        Age { kind, age_band, age_review_asked_at, guardian_consent_id }.standing()
    }

    /// Whether PIPL lets this person consent without a guardian.
    #[must_use]
    pub fn may_consent(self) -> bool {
        matches!(self, Self::Adult | Self::Undeclared | Self::Teen)
    }

    /// The one guard that keeps minors out: why this standing may not do what `allowed` may.
    #[must_use]
    pub fn refusal(self, allowed: &[Self]) -> Option<ErrorCode> {
        if allowed.contains(&self) {
            return None;
        }
        Some(match self {
            // Nothing that grown-ups do.
            _ if !allowed.contains(&Self::Adult) => ErrorCode::Forbidden,
            Self::Undeclared => ErrorCode::AgeRequired,
            _ => ErrorCode::NotForChildren,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(change: impl FnOnce(&mut account::Model)) -> account::Model {
        let mut account = account::Model {
            id: uuid::Uuid::nil(),
            status: account::AccountStatus::Active,
            epoch: 0,
            audience: None,
            region_code: None,
            phone_cipher: None,
            phone_index: None,
            phone_bound_at: None,
            kind: AccountKind::Person,
            age_band: None,
            age_review_on: None,
            age_review_asked_at: None,
            guardian_consent_id: None,
            unionid: None,
            school_name_cipher: None,
            merged_into: None,
            created_at: chrono::DateTime::UNIX_EPOCH,
            updated_at: chrono::DateTime::UNIX_EPOCH,
            version: 0,
        };
        change(&mut account);
        account
    }

    #[test]
    fn a_standing_is_the_most_careful_reading_of_the_account() {
        let of = |change: fn(&mut account::Model)| Standing::of(&account(change));
        assert_eq!(of(|_| ()), Standing::Undeclared);
        assert_eq!(of(|a| a.age_band = Some(AgeBand::Child)), Standing::Child);
        let ward = |a: &mut account::Model| {
            a.age_band = Some(AgeBand::Child);
            a.guardian_consent_id = Some(uuid::Uuid::nil());
        };
        assert_eq!(of(ward), Standing::Ward);
        let asked = |a: &mut account::Model| {
            a.age_band = Some(AgeBand::Teen);
            a.age_review_asked_at = Some(chrono::DateTime::UNIX_EPOCH);
        };
        assert_eq!(of(asked), Standing::Child);
        let seat = |a: &mut account::Model| {
            a.kind = AccountKind::Seat;
            a.age_band = Some(AgeBand::Adult);
        };
        assert_eq!(of(seat), Standing::Seat);
    }

    #[test]
    fn a_refusal_says_what_would_help() {
        let grown_up = [Standing::Adult];
        for standing in [Standing::Teen, Standing::Ward, Standing::Child, Standing::Seat] {
            assert_eq!(standing.refusal(&grown_up), Some(ErrorCode::NotForChildren));
        }
        assert_eq!(Standing::Undeclared.refusal(&grown_up), Some(ErrorCode::AgeRequired));
        assert_eq!(Standing::Adult.refusal(&[Standing::Child]), Some(ErrorCode::Forbidden));
        assert_eq!(Standing::Adult.refusal(&grown_up), None);
    }
}
