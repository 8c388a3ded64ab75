//! Nobody decides about rights of their own.

use uuid::Uuid;

use crate::platform::auth::Staff;
use crate::platform::http::{AppResult, ErrorCode};

/// # Errors
/// `own_rights`
pub fn grant_to(actor: &Staff, member_id: Uuid) -> AppResult<()> {
    if actor.staff_id == member_id { Err(ErrorCode::OwnRights.into()) } else { Ok(()) }
}

/// # Errors
/// `own_rights`
pub fn change_role(actor: &Staff, code: &str) -> AppResult<()> {
    let is_held = actor.grants.iter().any(|grant| grant.role == code);
    if is_held { Err(ErrorCode::OwnRights.into()) } else { Ok(()) }
}
