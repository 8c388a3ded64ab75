//! Use cases: what labs do with slots, what residents do with bookings, how a lab decides, and what
//! becomes of what nobody decided.

mod alternatives;
mod attendance;
mod book;
mod calendar;
mod call_off;
mod cancel;
mod change;
mod check_in;
mod day_key;
mod decide;
mod desk;
mod drawn;
mod end_visit;
mod expire;
mod hold;
mod merge;
mod no_show;
mod offers;
mod offline;
mod parcel;
mod person;
mod place;
mod planned;
mod read;
mod remind;
mod reschedule;
mod slots;
mod strand;
mod sync;
mod take;
mod testing;
mod together;
mod visits;
mod void;
mod waitlist;

pub use alternatives::list_alternatives;
pub use attendance::set_attendance;
pub use book::{create_booking, create_hold};
pub use calendar::{get_booking_calendar, lab_calendar};
pub use call_off::{CallOff, call_off_stop, close_stop, has_slots_outside};
pub use cancel::{cancel_booking, cancel_lab_booking, release_places, withdraw_booking};
pub use change::{By, change_booking};
pub use check_in::{check_in, get_check_in_code, get_check_in_picture};
pub use decide::{confirm_booking, confirm_bookings, reject_booking};
pub use desk::create_lab_booking;
pub use drawn::{
    Drawn, DrawnSlot, Given, drawn_slots, end_lottery, give_drawn, reserve_for_lottery,
};
pub use end_visit::end_visit;
pub use expire::expire_booking;
pub use hold::request_booking;
pub use merge::merge_bookings;
pub use no_show::undo_no_show;
pub use offers::list_offers;
pub use offline::issue_check_in_list;
pub use parcel::set_parcel_number;
pub use place::{place_settles, tell_of_place};
pub use planned::{
    SlotOwner, count_slots_of_plan, fit_slots, insert_planned, slots_of_plan, taken_times,
};
pub use read::{disclose_visitors, get_booking, get_lab_booking, list_bookings, list_lab_bookings};
pub use remind::remind_visitors;
pub use reschedule::reschedule_booking;
pub use slots::{close_slot, create_slot, list_slots};
pub use strand::{
    PlanChange, Settled, cancel_stranded, count_stranded, list_stranded, move_stranded,
    nearest_slots, stranded_bookings,
};
pub use sync::sync_check_ins;
pub use testing::{
    find_lab_booking, find_own_booking, lock_booking, lock_lab_booking, note_result, note_sample,
    touch_booking,
};
pub use visits::list_visits;
pub use void::{request_void, void_booking};
pub use waitlist::{accept_offer, join_waitlist, offer_places, places_freed};

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
        parcel_grace: seconds(settings.parcel_grace_secs),
        undo_no_show: TimeDelta::days(i64::from(settings.undo_no_show_days)),
        scan_tolerance: seconds(settings.scan_tolerance_secs),
    }
}
