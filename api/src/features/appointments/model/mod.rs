//! Pure rules: the states of a booking, when a change is allowed, and why a place is refused.

mod code;
#[cfg(test)]
mod door_tests;
mod offer;
mod pause;
mod planned;
mod quota;
mod reason;
#[cfg(test)]
mod room_tests;
mod rules;
mod spare;
mod states;
#[cfg(test)]
mod tests;

pub use code::{CheckInCode, pin_hash};
pub use offer::{Offer, OfferState};
pub use pause::{PauseRule, pause_until};
pub use planned::PlannedSlot;
pub use quota::{Number, free_number};
pub use reason::ReasonCode;
pub use rules::{
    Case, Rules, Wish, allowed_actions, can_ever_fit, check, expected_until, is_for_others_first,
    lasting_capacity, obstacle, offers_end, refusal, room, room_online, waits_until,
};
pub use spare::spare;
pub use states::{
    BookingAction, Holding, Party, Places, fhir_appointment, fhir_slot, holding, is_final,
    transition,
};
