//! Which lab somebody acts for.

use uuid::Uuid;

use crate::platform::auth::{Staff, perm};
use crate::platform::http::{AppResult, ErrorCode};

/// To another lab the lottery does not exist.
///
/// # Errors
/// `not_found`
pub fn of_own_lab(actor: &Staff, lab_id: Uuid) -> AppResult<()> {
    if actor.labs::<perm::SlotManage>().covers(lab_id) {
        Ok(())
    } else {
        Err(ErrorCode::NotFound.into())
    }
}
