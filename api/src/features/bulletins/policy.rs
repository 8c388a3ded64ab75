//! Who may write and publish what, and where.

use entity::bulletin;

use crate::platform::auth::{RegionScope, Staff};
use crate::platform::http::{AppResult, ErrorCode};

/// What holds in a region is for those whose rights reach it; what holds everywhere for headquarters.
///
/// # Errors
/// `forbidden`
pub fn within(scope: &RegionScope, region_code: Option<&str>) -> AppResult<()> {
    let is_own = match region_code {
        Some(code) => scope.covers(code),
        None => *scope == RegionScope::Country,
    };
    if is_own { Ok(()) } else { Err(ErrorCode::Forbidden.into()) }
}

/// # Errors
/// `own_bulletin` for who wrote any of it.
pub fn may_publish(actor: &Staff, row: &bulletin::Model) -> AppResult<()> {
    let writers = [Some(row.author_id), row.edited_by];
    if writers.contains(&Some(actor.staff_id)) {
        return Err(ErrorCode::OwnBulletin.into());
    }
    Ok(())
}
