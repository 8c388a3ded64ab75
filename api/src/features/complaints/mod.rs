//! Consumer complaints (投诉) under SAMR Order 121.
//!
//! 1. A complainant sees their own complaints, a handler those of their regions; to others a
//!    complaint does not exist.
//! 2. Name, phone and address of the complainant are encrypted; a handler's look at them is
//!    audited; a list never shows them.
//! 3. The number is unique and cannot be guessed.
//! 4. The authority answers within seven working days of receipt (Art. 15); a refusal names one of
//!    the seven grounds of Art. 16.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod model;
mod policy;
mod queries;
mod routes;
mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::submit_complaint)
        .service(routes::list_complaints)
        .service(routes::get_complaint)
        .service(routes::withdraw_complaint)
        .service(routes::list_region_complaints)
        .service(routes::get_region_complaint)
        .service(routes::accept_complaint)
        .service(routes::refuse_complaint);
}
