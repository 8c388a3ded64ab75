//! Where somebody may hold a campaign.

use crate::platform::auth::{Staff, perm};
use crate::platform::http::{AppResult, ErrorCode};

/// # Errors
/// `forbidden`: another region, or the whole country without being there for all of it.
pub fn hold_in(actor: &Staff, region_code: Option<&str>) -> AppResult<()> {
    let scope = actor.regions::<perm::CampaignManage>();
    // No region begins with the codes of some.
    if scope.covers(region_code.unwrap_or_default()) {
        Ok(())
    } else {
        Err(ErrorCode::Forbidden.into())
    }
}
