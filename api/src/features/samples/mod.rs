//! What visitors hand in, what the lab finds, and how the result gets to whom it concerns.
//!
//! 1. A sample has a number of its own in its lab and a chain of custody that only grows; the database
//!    refuses to change it.
//! 2. A result is complete or not there: the booking's end, the report with its hash, every item, the
//!    leads and the notice are one transaction.
//! 3. A report is never changed. A correction is the next revision, and the one before says so to
//!    whoever asks by its code. One revision of a booking is valid at most.
//! 4. Everybody may ask whether a report is genuine and learns nothing of a person.
//! 5. A failed safety item is one lead to a product, however often it is reported.
//! 6. A late result raises one alarm.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::{Every, Registry};

mod dto;
mod jobs;
mod model;
mod policy;
mod queries;
mod routes;
mod service;
mod site;

pub use model::WITH_RESULT;
pub use site::configure as configure_site;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::get_booking_results)
        .service(routes::create_report_link)
        .service(routes::rate_booking)
        .service(routes::verify_report)
        .service(routes::check_report_hash)
        .service(routes::download_report)
        .service(routes::register_sample)
        .service(routes::list_samples)
        .service(routes::get_sample)
        .service(routes::move_sample)
        .service(routes::start_testing)
        .service(routes::get_lab_results)
        .service(routes::upload_report_file)
        .service(routes::publish_report)
        .service(routes::correct_report)
        .service(routes::withdraw_report)
        .service(routes::get_report_file)
        .service(routes::list_late_results)
        .service(routes::list_risk_leads);
}

pub fn jobs(registry: &mut Registry) {
    registry.schedule::<jobs::RaiseLateResults>(Every::hours::<jobs::RaiseLateResults>(1));
}
