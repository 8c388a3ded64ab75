//! Whose plans somebody makes.

use uuid::Uuid;

use crate::platform::auth::{LabScope, Staff, perm};
use crate::platform::http::{AppResult, ErrorCode};

#[must_use]
pub fn labs(actor: &Staff) -> LabScope {
    actor.labs::<perm::SlotManage>()
}

/// To another lab the object does not exist.
///
/// # Errors
/// `not_found`
pub fn of_own_lab(actor: &Staff, lab_id: Uuid) -> AppResult<()> {
    if labs(actor).covers(lab_id) { Ok(()) } else { Err(ErrorCode::NotFound.into()) }
}
