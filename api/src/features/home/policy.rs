//! The page is everybody's.

use entity::scope::RegionScope;

use crate::platform::auth::{Staff, perm};
use crate::platform::http::{AppResult, ErrorCode};

/// # Errors
/// `forbidden` for whose role holds in some regions alone.
pub fn arrange(actor: &Staff) -> AppResult<()> {
    match actor.regions::<perm::HomeManage>() {
        RegionScope::Country => Ok(()),
        RegionScope::Prefixes(_) => Err(ErrorCode::Forbidden.into()),
    }
}
