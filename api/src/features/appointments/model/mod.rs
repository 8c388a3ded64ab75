//! Pure rules: the states of a booking, when a change is allowed, and why a place is refused.

mod rules;
mod states;
#[cfg(test)]
mod tests;

pub use rules::{Case, Rules, allowed_actions, check, refusal};
pub use states::{BookingAction, Party, Places, fhir_appointment, fhir_slot};
