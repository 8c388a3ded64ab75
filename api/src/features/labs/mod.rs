//! Testing institutions and what they offer, always free of charge and voluntary.
//!
//! 1. A suspended lab is not listed and takes no bookings.
//! 2. A lab without a CMA accreditation in force takes bookings for consultations and open days only:
//!    `labs.accredited_until` is changed together with the accreditations, and the guard of every
//!    booking looks at it.
//! 3. Accreditations are history: a correction ends one and adds another.
//! 4. There is no price anywhere.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod model;
mod queries;
mod routes;
pub mod service;

pub use dto::{CreateLab, CreateLabService, LabView, TERMS};
pub use model::UNACCREDITED_KINDS;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_labs)
        .service(routes::get_lab)
        .service(routes::create_lab)
        .service(routes::set_lab_status)
        .service(routes::create_lab_service)
        .service(routes::list_lab_profiles)
        .service(routes::get_lab_profile)
        .service(routes::update_lab_profile)
        .service(routes::set_lab_capabilities)
        .service(routes::create_accreditation)
        .service(routes::replace_accreditation)
        .service(routes::revoke_accreditation)
        .service(routes::update_lab_service)
        .service(routes::set_lab_service_status);
}
