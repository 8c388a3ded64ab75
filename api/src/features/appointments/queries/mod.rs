//! All SQL of slots and bookings.

mod alternatives;
mod bookings;
mod day;
mod drawn;
mod group;
mod merge;
mod offers;
mod parcel;
mod planned;
mod quota;
mod slots;
mod stops;
mod strand;
mod testing;
mod together;
mod visits;
mod waitlist;

pub use alternatives::{Near, alternatives};
pub use bookings::{
    Change, Form, any_booking, change_status, events, forget_words, insert_booking, insert_event,
    lab_booking, lab_page, open_bookings, own_booking, own_page, set_form, set_priority,
    set_void_request,
};
pub use day::{
    DayQuery, bookings, calendar_bookings, day_page, insert_reminder, insert_scan, lock_confirmed,
    scans, to_remind,
};
pub use drawn::{end_lottery, lock_active, reserve_for_lottery};
pub use group::{insert_seats, inserts_of_seats, move_seats, seats, set_absent, set_arrived};
pub use merge::{
    active_of_both, delete_pause, lengthen_pause, numbered, pause, set_account_number, set_apart,
};
pub use offers::open_in_region;
pub use parcel::set_parcel_number;
pub use planned::{
    confirmed_in, count_slots_of_plan, delete_unused, insert_absent, set_planned, slots_of_plan,
    taken_times, withdraw_slot,
};
pub use quota::{
    AskerRow, Precedence, Standing, asker, askers, lock_account, numbers_of_phones, phone_numbers,
    standing, standing_askers,
};
pub use slots::{
    SlotQuery, Want, close_slot, hold_place, insert_slot, join_line, lock_slots, move_place,
    open_slots, slot, slots, waited_for,
};
pub use stops::{
    close_slots, locked_stop, open_at_stop, slots_at_stop, slots_outside, stops, untold_at_stop,
};
pub use strand::{count_open, count_stranded, nearest, open_page, stranded_ids};
pub use testing::{
    lock_booking, lock_lab_booking, raise_version, set_completed, set_sample_number,
};
pub use together::{
    LockedSlot, hold_units, insert_free_bookings, inserts_of_bookings, inserts_of_events,
    lock_offered_slots,
};
pub use visits::{
    count_no_shows, end_pause, lab_booking_of_code, lab_booking_of_parcel, no_shows, put_pause,
    set_checked_in,
};
pub use waitlist::{count_before, line, locked_booking, set_accepted, set_offer_end};
