//! Outreach stops: a day on which a lab comes to a community, a campus, a township or a hospital.
//!
//! 1. Slots at a stop are of its lab and lie within its hours (`appointments` looks, under the lock of
//!    the stop).
//! 2. A cancelled stop takes no bookings from the moment of its cancellation; those it had are cancelled
//!    by a job, batch by batch, as the lab's own cancellations.
//! 3. Who booked at a stop that is then held elsewhere is told, once for each such change.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::Registry;

mod dto;
mod jobs;
mod model;
mod queries;
mod routes;
pub mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_stops)
        .service(routes::get_stop)
        .service(routes::list_staff_stops)
        .service(routes::create_stop)
        .service(routes::get_staff_stop)
        .service(routes::update_stop)
        .service(routes::cancel_stop)
        .service(routes::complete_stop);
}

pub fn jobs(registry: &mut Registry) {
    registry.handle::<jobs::CallOffStop>();
    registry.handle::<jobs::TellOfPlace>();
}
