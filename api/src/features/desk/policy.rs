//! Whose labs somebody may look at, and whether a file is still theirs.

use super::model::Reach;
use crate::platform::auth::{PlaceScope, Staff, StaffPermission};
use crate::platform::http::{AppResult, ErrorCode};

/// The labs for which `P` holds: those named, and those of the regions.
#[must_use]
pub fn labs<P: StaffPermission>(actor: &Staff) -> PlaceScope {
    actor.labs_within::<P>()
}

/// A file made with more rights than one has now is not for oneself any more.
///
/// # Errors
/// `forbidden`
pub fn may_fetch<P: StaffPermission>(actor: &Staff, made_for: &Reach) -> AppResult<()> {
    let now = Reach::from(&labs::<P>(actor));
    if now.covers(made_for) { Ok(()) } else { Err(ErrorCode::Forbidden.into()) }
}
