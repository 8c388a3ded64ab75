//! Which questions somebody sees, and who may publish what.

use entity::question;
use uuid::Uuid;

use crate::platform::auth::{PlaceScope, Staff, StaffPermission};

/// Where `P` holds: the questions of one's regions, and those given to one's institutions.
#[must_use]
pub fn scope<P: StaffPermission>(actor: &Staff) -> PlaceScope {
    actor.labs_within::<P>()
}

/// Whether a scope covers a question of this place.
#[must_use]
pub fn covers(scope: &PlaceScope, region_code: Option<&str>, lab_id: Option<Uuid>) -> bool {
    let of_region = match region_code {
        Some(code) => scope.regions.covers(code),
        // Of the whole country.
        None => scope.regions.covers(""),
    };
    of_region || lab_id.is_some_and(|id| scope.places.contains(&id))
}

/// Who answered does not also decide what everybody reads of it.
#[must_use]
pub fn may_publish(question: &question::Model, editor: Uuid) -> bool {
    ![question.answered_by, question.follow_up_answered_by].contains(&Some(editor))
}

#[cfg(test)]
mod tests {
    use entity::scope::RegionScope;

    use super::*;

    #[test]
    fn a_question_is_reached_by_its_region_or_its_institution() {
        let lab = Uuid::from_u128(7);
        let beijing = PlaceScope {
            regions: RegionScope::Prefixes(vec!["11".to_owned()]),
            places: Vec::new(),
        };
        let of_lab = PlaceScope { regions: RegionScope::Prefixes(Vec::new()), places: vec![lab] };
        let country = PlaceScope { regions: RegionScope::Country, places: Vec::new() };
        assert!(covers(&beijing, Some("110101"), None) && !covers(&beijing, Some("310101"), None));
        assert!(!covers(&beijing, None, Some(lab)) && !covers(&of_lab, Some("110101"), None));
        assert!(covers(&of_lab, None, Some(lab)) && covers(&of_lab, Some("110101"), Some(lab)));
        assert!(covers(&country, None, None) && covers(&country, Some("31"), None));
    }
}
