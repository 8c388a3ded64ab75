//! What a lab's desk, its province and headquarters look back on: service levels, statistics, sheets to
//! take away, and calendars to subscribe to.
//!
//! 1. Nothing here names a person: what is counted, exported and subscribed to are times, states,
//!    products and codes.
//! 2. Who sees what follows from the labs and regions of their grants, also when a file is fetched
//!    that was made while they had more.
//! 3. A sheet is written page by page and lies in the storage in sealed parts until its time is over.
//! 4. Whoever has a feed's address can read it; the address is shown once and can be revoked.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::{Every, Registry};

mod dto;
mod jobs;
mod model;
mod policy;
mod queries;
mod routes;
mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_service_levels)
        .service(routes::get_booking_statistics)
        .service(routes::get_sample_statistics)
        .service(routes::create_booking_export)
        .service(routes::list_booking_exports)
        .service(routes::get_booking_export)
        .service(routes::download_booking_export)
        .service(routes::create_calendar_feed)
        .service(routes::list_calendar_feeds)
        .service(routes::revoke_calendar_feed)
        .service(routes::get_lab_calendar);
}

pub fn jobs(registry: &mut Registry) {
    registry.handle::<jobs::WriteBookingExport>();
    registry.schedule::<jobs::TidyBookingExports>(Every::hours::<jobs::TidyBookingExports>(1));
}
