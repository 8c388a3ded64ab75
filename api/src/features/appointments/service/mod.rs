//! Use cases: what labs do with slots, what residents do with bookings, and how a lab decides.

mod book;
mod change;
mod slots;

pub use book::{create_booking, get_booking, list_bookings};
pub use change::{
    cancel_booking, confirm_booking, expire_booking, list_lab_bookings, reject_booking,
};
pub use slots::{close_slot, create_slot, list_slots};

use chrono::TimeDelta;

use super::model::Rules;
use crate::platform::config::Appointments;

/// A setting in seconds.
fn seconds(setting: u32) -> TimeDelta {
    TimeDelta::seconds(i64::from(setting))
}

fn rules(settings: &Appointments) -> Rules {
    Rules {
        cutoff: seconds(settings.cutoff_secs),
        max_moves: i32::from(settings.max_moves),
        check_in_before: seconds(settings.check_in_before_secs),
        no_show_grace: seconds(settings.no_show_grace_secs),
    }
}
