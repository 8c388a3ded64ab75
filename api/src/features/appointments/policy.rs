//! Which lab somebody acts for.

use uuid::Uuid;

use crate::platform::auth::{LabScope, Staff, StaffPermission};
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
