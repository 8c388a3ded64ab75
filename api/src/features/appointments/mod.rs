//! Slots of labs and the bookings in them.
//!
//! 1. `held + booked <= capacity`, whatever comes at once: a place is taken by one guarded update
//!    in the transaction of its booking, and the database checks the sum.
//! 2. A request that waits for the lab holds its place already, until `confirm_by` at most.
//! 3. `held` and `booked` of a slot equal the units of its bookings that hold at every commit.
//! 4. The slot row is locked before the booking row, always; so no two can wait for each other.
//! 5. One active booking per person and slot; a quota of visits ahead per account and per phone, as a
//!    set of numbers that a unique index gives once each.
//! 6. Only the lab of the slot decides; to another lab the booking does not exist.
//! 7. Every change of a booking goes through `service::change_booking`, and what it frees through
//!    `service::places_freed`.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::{Every, Registry};

mod dto;
mod jobs;
mod model;
mod policy;
mod queries;
mod routes;
pub mod service;

pub use dto::{CreateSlot, StrandedBooking};
pub use model::{
    BookingAction, Case, Offer, OfferState, Party, PlannedSlot, ReasonCode, Rules, transition,
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_slots)
        .service(routes::list_alternatives)
        .service(routes::create_booking)
        .service(routes::create_hold)
        .service(routes::request_booking)
        .service(routes::reschedule_booking)
        .service(routes::get_check_in_code)
        .service(routes::get_check_in_picture)
        .service(routes::get_booking_calendar)
        .service(routes::join_waitlist)
        .service(routes::accept_offer)
        .service(routes::set_parcel_number)
        .service(routes::list_bookings)
        .service(routes::get_booking)
        .service(routes::cancel_booking)
        .service(routes::create_slot)
        .service(routes::close_slot)
        .service(routes::list_lab_bookings)
        .service(routes::create_lab_booking)
        .service(routes::confirm_bookings)
        .service(routes::get_lab_booking)
        .service(routes::disclose_visitors)
        .service(routes::check_in)
        .service(routes::list_visits)
        .service(routes::issue_check_in_list)
        .service(routes::sync_check_ins)
        .service(routes::undo_no_show)
        .service(routes::end_visit)
        .service(routes::set_attendance)
        .service(routes::confirm_booking)
        .service(routes::reject_booking)
        .service(routes::cancel_lab_booking)
        .service(routes::withdraw_booking)
        .service(routes::request_void)
        .service(routes::void_booking);
}

pub fn jobs(registry: &mut Registry) {
    registry.handle::<jobs::ExpireBookings>();
    registry.schedule::<jobs::OfferPlaces>(Every::minutes::<jobs::OfferPlaces>(10));
    registry.schedule::<jobs::RemindVisitors>(Every::minutes::<jobs::RemindVisitors>(10));
}
