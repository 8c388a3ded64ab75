//! Consumer complaints (投诉) under SAMR Order 121.
//!
//! 1. A complainant sees their own complaints, a handler those of their regions; to others a
//!    complaint does not exist.
//! 2. Name, phone and address of the complainant are encrypted and shown masked; who handles the
//!    complaint and says why sees them in clear, and that is audited.
//!    So with each piece of evidence, which the complainant and the handlers in scope alone can get.
//! 3. The number is unique and cannot be guessed.
//! 4. The authority answers within seven working days of receipt (Art. 15); a refusal names one of
//!    the seven grounds of Art. 16.
//! 5. Publishing and passing on are separate consents of each complaint and can be taken back.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod model;
mod policy;
mod queries;
mod routes;
pub mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::submit_complaint)
        .service(routes::list_complaints)
        .service(routes::get_complaint)
        .service(routes::get_complaint_evidence)
        .service(routes::withdraw_complaint)
        .service(routes::give_complaint_consents)
        .service(routes::withdraw_complaint_consents)
        .service(routes::list_region_complaints)
        .service(routes::get_region_complaint)
        .service(routes::disclose_complainant)
        .service(routes::get_region_complaint_evidence)
        .service(routes::accept_complaint)
        .service(routes::refuse_complaint);
}
