//! How a purpose stands, and what else goes when it is taken back.

use entity::consent::{ConsentDecision, ConsentPurpose};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    NotAsked,
    Given,
    /// Given to a text that has changed since: to be asked anew.
    Outdated,
    Withdrawn,
}

#[must_use]
pub fn state(last: Option<ConsentDecision>, is_covered: bool) -> ConsentState {
    match last {
        None => ConsentState::NotAsked,
        Some(ConsentDecision::Withdrawn) => ConsentState::Withdrawn,
        Some(ConsentDecision::Given) if is_covered => ConsentState::Given,
        Some(ConsentDecision::Given) => ConsentState::Outdated,
    }
}

/// The purposes of an account; those of a complaint are not among them.
pub const OF_ACCOUNT: [ConsentPurpose; 4] = [
    ConsentPurpose::AccountBasic,
    ConsentPurpose::Phone,
    ConsentPurpose::RealName,
    ConsentPurpose::MessagePush,
];

/// What ends with `purpose`: everything else stands on the basic one.
#[must_use]
pub fn ends_with(purpose: ConsentPurpose) -> Vec<ConsentPurpose> {
    match purpose {
        ConsentPurpose::AccountBasic => OF_ACCOUNT.to_vec(),
        other => vec![other],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_decision_tells_the_state() {
        assert_eq!(state(None, true), ConsentState::NotAsked);
        assert_eq!(state(Some(ConsentDecision::Given), true), ConsentState::Given);
        assert_eq!(state(Some(ConsentDecision::Given), false), ConsentState::Outdated);
        assert_eq!(state(Some(ConsentDecision::Withdrawn), true), ConsentState::Withdrawn);
    }

    #[test]
    fn taking_back_the_basis_takes_back_the_rest() {
        assert_eq!(ends_with(ConsentPurpose::AccountBasic), OF_ACCOUNT);
        assert_eq!(ends_with(ConsentPurpose::Phone), [ConsentPurpose::Phone]);
    }
}
