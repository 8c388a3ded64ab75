//! The one who asks, as each kind of operation sees them.

use std::sync::Arc;

use entity::scope::{LabScope, PlaceScope, RegionScope};
use uuid::Uuid;

use super::permission::{PermissionSet, StaffPermission};
use super::restriction::Restriction;
use super::scope::Scope;
use super::standing::Standing;

/// Of an open operation: known or not, it makes no difference.
#[derive(Clone, Copy, Debug)]
pub struct Anyone;

/// A resident, a student, or a seat of a class.
#[derive(Clone, Copy, Debug)]
pub struct Resident {
    pub account_id: Uuid,
    pub session_id: Uuid,
    pub standing: Standing,
    /// Asked for deletion: only `me.privacy` is left.
    pub is_closing: bool,
}

/// A role and where it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub id: Uuid,
    /// The role's code.
    pub role: String,
    pub permissions: PermissionSet,
    pub scope: Scope,
}

/// A member of staff with the union of their grants.
#[derive(Clone, Debug)]
pub struct Staff {
    pub staff_id: Uuid,
    pub session_id: Uuid,
    pub grants: Arc<[Grant]>,
    /// What has to be done before anything else.
    pub restriction: Option<Restriction>,
}

impl Staff {
    #[must_use]
    pub fn may<P: StaffPermission>(&self) -> bool {
        P::DUTIES.is_empty() || self.grants_with::<P>().next().is_some()
    }

    fn grants_with<P: StaffPermission>(&self) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(|grant| grant.permissions.contains(P::INDEX))
    }

    /// Where `P` holds, in regions. A grant for a lab covers no region.
    #[must_use]
    pub fn regions<P: StaffPermission>(&self) -> RegionScope {
        let mut codes = Vec::new();
        for grant in self.grants_with::<P>() {
            match &grant.scope {
                Scope::Country => return RegionScope::Country,
                Scope::Region(code) => codes.push(code.clone()),
                Scope::Lab(_) | Scope::Point(_) => {}
            }
        }
        RegionScope::Prefixes(codes)
    }

    /// Where `P` holds, in labs. A grant for a region covers no lab: labs are named one by one.
    #[must_use]
    pub fn labs<P: StaffPermission>(&self) -> LabScope {
        let mut labs = Vec::new();
        for grant in self.grants_with::<P>() {
            match &grant.scope {
                Scope::Country => return LabScope::Country,
                Scope::Lab(id) => labs.push(*id),
                Scope::Region(_) | Scope::Point(_) => {}
            }
        }
        LabScope::Labs(labs)
    }

    /// Where `P` holds, in monitoring points: those named, and those of the regions where it holds.
    #[must_use]
    pub fn points<P: StaffPermission>(&self) -> PlaceScope {
        let named = self.grants_with::<P>().filter_map(|grant| match grant.scope {
            Scope::Point(id) => Some(id),
            Scope::Country | Scope::Region(_) | Scope::Lab(_) => None,
        });
        PlaceScope { regions: self.regions::<P>(), places: named.collect() }
    }

    /// Where `P` holds, in labs to look at: those named, and those of the regions where it holds.
    #[must_use]
    pub fn labs_within<P: StaffPermission>(&self) -> PlaceScope {
        let named = self.grants_with::<P>().filter_map(|grant| match grant.scope {
            Scope::Lab(id) => Some(id),
            Scope::Country | Scope::Region(_) | Scope::Point(_) => None,
        });
        PlaceScope { regions: self.regions::<P>(), places: named.collect() }
    }
}
