//! Slots of labs and the bookings in them.
//!
//! 1. `held + booked <= capacity`, whatever comes at once: a place is taken by one guarded update
//!    in the transaction of its booking, and the database checks the sum.
//! 2. A request that waits for the lab holds its place already, until `confirm_by` at most.
//! 3. `held + booked` of a slot equals the number of its active bookings at every commit.
//! 4. The slot row is locked before the booking row, always; so no two can wait for each other.
//! 5. One active booking per person and slot.
//! 6. Only the lab of the slot decides; to another lab the booking does not exist.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::Registry;

mod dto;
mod jobs;
mod model;
mod policy;
mod queries;
mod routes;
pub mod service;

pub use dto::CreateSlot;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_slots)
        .service(routes::create_booking)
        .service(routes::list_bookings)
        .service(routes::get_booking)
        .service(routes::cancel_booking)
        .service(routes::create_slot)
        .service(routes::close_slot)
        .service(routes::list_lab_bookings)
        .service(routes::confirm_booking)
        .service(routes::reject_booking);
}

pub fn jobs(registry: &mut Registry) {
    registry.handle::<jobs::ExpireBooking>();
}
