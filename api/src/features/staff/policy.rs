//! Separation of duties among staff.

use uuid::Uuid;

use crate::platform::auth::Staff;
use crate::platform::http::{AppResult, ErrorCode};

/// Nobody changes their own standing.
///
/// # Errors
/// `forbidden`
pub fn change_member(actor: &Staff, member_id: Uuid) -> AppResult<()> {
    if actor.staff_id == member_id { Err(ErrorCode::Forbidden.into()) } else { Ok(()) }
}
