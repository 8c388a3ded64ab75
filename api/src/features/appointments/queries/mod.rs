//! All SQL of slots and bookings.

mod alternatives;
mod bookings;
mod drawn;
mod group;
mod merge;
mod quota;
mod slots;
mod visits;
mod waitlist;

pub use alternatives::{Near, alternatives};
pub use bookings::{
    Change, Form, any_booking, change_status, events, forget_words, insert_booking, insert_event,
    lab_booking, lab_page, open_bookings, own_booking, own_page, set_form, set_priority,
    set_void_request,
};
pub use drawn::{end_lottery, lock_active, reserve_for_lottery};
pub use group::{insert_seats, move_seats, seats};
pub use merge::{
    active_of_both, delete_pause, lengthen_pause, numbered, pause, set_account_number, set_apart,
};
pub use quota::{Standing, asker, is_paused, phone_numbers, standing};
pub use slots::{
    SlotQuery, Want, close_slot, hold_place, insert_slot, join_line, lock_slots, move_place,
    open_slots, slot, slots,
};
pub use visits::{count_no_shows, lab_booking_of_code, put_pause, set_checked_in};
pub use waitlist::{count_before, line, locked_booking, set_accepted, set_offer_end};
