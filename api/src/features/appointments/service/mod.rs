//! Use cases: what labs do with slots, what residents do with bookings, how a lab decides, and what
//! becomes of what nobody decided.

mod alternatives;
mod book;
mod calendar;
mod call_off;
mod cancel;
mod change;
mod check_in;
mod decide;
mod desk;
mod expire;
mod hold;
mod merge;
mod parcel;
mod person;
mod read;
mod reschedule;
mod slots;
mod take;
mod void;
mod waitlist;

pub use alternatives::list_alternatives;
pub use book::create_booking;
pub use calendar::get_booking_calendar;
pub use call_off::{CallOff, call_off_stop, close_stop, has_slots_outside};
pub use cancel::{cancel_booking, cancel_lab_booking, release_places, withdraw_booking};
pub use change::{By, change_booking};
pub use check_in::{check_in, get_check_in_code, get_check_in_picture};
pub use decide::{confirm_booking, confirm_bookings, reject_booking};
pub use desk::create_lab_booking;
pub use expire::expire_booking;
pub use hold::{create_hold, request_booking};
pub use merge::merge_bookings;
pub use parcel::set_parcel_number;
pub use read::{disclose_visitors, get_booking, get_lab_booking, list_bookings, list_lab_bookings};
pub use reschedule::reschedule_booking;
pub use slots::{close_slot, create_slot, list_slots};
pub use void::{request_void, void_booking};
pub use waitlist::{accept_offer, join_waitlist, places_freed};

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
