//! Which lab somebody acts for.

use uuid::Uuid;

use super::model::Party;
use crate::platform::auth::{LabScope, Staff, StaffPermission, perm};
use crate::platform::http::{AppResult, ErrorCode};

/// The labs for which `P` holds.
#[must_use]
pub fn labs<P: StaffPermission>(actor: &Staff) -> LabScope {
    actor.labs::<P>()
}

/// To another lab the object does not exist.
///
/// # Errors
/// `not_found`
pub fn of_own_lab<P: StaffPermission>(actor: &Staff, lab_id: Uuid) -> AppResult<()> {
    if actor.labs::<P>().covers(lab_id) { Ok(()) } else { Err(ErrorCode::NotFound.into()) }
}

/// As whom somebody looks at a booking of a lab.
#[must_use]
pub fn party(actor: &Staff, lab_id: Uuid) -> Party {
    if actor.labs::<perm::BookingDecide>().covers(lab_id) {
        Party::Lab
    } else if actor.labs::<perm::BookingOversee>().covers(lab_id) {
        Party::Hq
    } else {
        Party::Onlooker
    }
}
