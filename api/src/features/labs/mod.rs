//! Testing institutions and what they offer, always free of charge and voluntary.
//!
//! 1. A suspended lab is not listed and takes no bookings.
//! 2. There is no price anywhere.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod queries;
mod routes;
pub mod service;

pub use dto::{CreateLab, CreateLabService, LabView};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_labs)
        .service(routes::get_lab)
        .service(routes::create_lab)
        .service(routes::set_lab_status)
        .service(routes::create_lab_service);
}
