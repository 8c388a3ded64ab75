//! Where a point may be registered.

use crate::platform::auth::{Staff, perm};
use crate::platform::http::{AppResult, ErrorCode};

/// # Errors
/// `forbidden` outside one's regions.
pub fn register_in(actor: &Staff, region_code: &str) -> AppResult<()> {
    let is_own = actor.regions::<perm::MonitoringPointManage>().covers(region_code);
    if is_own { Ok(()) } else { Err(ErrorCode::Forbidden.into()) }
}
