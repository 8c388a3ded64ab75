//! Everything known about one product on one page: found by barcode, brand and model, or words.
//!
//! 1. Only what holds is shown, and each match says how sure it is and why. A barcode, or brand and model
//!    together, are an alert; anything less asks to compare.
//! 2. However much there is, the number of queries is the same and each brings a bounded number of rows.
//! 3. Leads that nobody has confirmed are counted for a class of products, never shown for a brand.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod model;
mod queries;
mod routes;
mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(routes::lookup_product);
}
