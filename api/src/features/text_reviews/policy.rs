//! Which texts a reviewer may look at.

use crate::platform::auth::{RegionScope, Staff, perm};

#[must_use]
pub fn regions(actor: &Staff) -> RegionScope {
    actor.regions::<perm::TextReview>()
}
