//! Monitoring points: schools, hospitals and communities whose staff report product risks.
//!
//! 1. Staff see the points of their regions, and those they work for.
//! 2. A closed point keeps its history; nobody gets a role there any more.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod policy;
mod queries;
mod routes;
pub mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_monitoring_points)
        .service(routes::create_monitoring_point)
        .service(routes::get_monitoring_point)
        .service(routes::set_monitoring_point_status);
}
