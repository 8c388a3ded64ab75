//! Use cases: what labs do with slots, what residents do with bookings, and how a lab decides.

mod book;
mod change;
mod merge;
mod slots;

pub use book::{create_booking, get_booking, list_bookings};
pub use change::{
    cancel_booking, confirm_booking, expire_booking, list_lab_bookings, reject_booking,
    release_places,
};
pub use merge::merge_bookings;
pub use slots::{close_slot, create_slot, list_slots};

use chrono::TimeDelta;

use crate::app::App;

/// How long before the beginning a slot can no longer be booked or given back.
fn cutoff(app: &App) -> TimeDelta {
    TimeDelta::seconds(i64::from(app.config.appointments.cutoff_secs))
}
