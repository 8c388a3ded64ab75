//! Which corrections a member of staff may see and decide.

use crate::platform::auth::{RegionScope, Staff, StaffPermission};

/// The regions for which `P` holds.
#[must_use]
pub fn regions<P: StaffPermission>(actor: &Staff) -> RegionScope {
    actor.regions::<P>()
}
