//! What is free, as files that anybody may fetch: a manifest and newline-delimited FHIR resources in
//! the manner of SMART Scheduling Links (github.com/smart-on-fhir/smart-scheduling-links), so that
//! aggregators need not ask the booking system.
//!
//! 1. A file is made at most once per `availability.refresh_secs`, however many fetch it, and the
//!    number of files is bounded: reading does not load the database.
//! 2. No file tells of a person, and how many places are left only roughly.
//! 3. What cannot be booked yet or any more, or is drawn, is not in the files.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod model;
mod queries;
mod routes;
mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(routes::get_availability).service(routes::get_availability_file);
}
