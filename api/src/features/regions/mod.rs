//! Administrative divisions: what a citizen picks from, and what scopes are prefixes of.
//!
//! 1. A code begins with its parent's code.
//! 2. Divisions change by migration only, so their pages may be cached anywhere.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod queries;
mod routes;
pub mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(routes::list_regions).service(routes::get_region);
}
