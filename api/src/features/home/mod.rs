//! The home page of the mini-program in one request: what runs, what is new, what can be booked.
//!
//! 1. Nothing personal is in it, so it is cached as other public pages are, and forgotten with anything it
//!    shows. How full slots are may be two seconds old.
//! 2. It is short whatever there is, and made by the same number of queries.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod model;
mod policy;
mod queries;
mod routes;
mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(routes::get_home).service(routes::get_staff_home).service(routes::update_home);
}
