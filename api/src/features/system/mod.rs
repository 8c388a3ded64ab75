//! The operator's view: health, metrics, dead jobs, the rotation of keys, and housekeeping.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::{Every, Registry};

mod dto;
mod health;
mod jobs;
mod routes;
pub mod service;

pub use health::{healthz, metrics, readyz};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(routes::list_dead_jobs).service(routes::retry_job);
}

pub fn jobs(registry: &mut Registry) {
    registry.schedule::<jobs::Prune>(Every::hours::<jobs::Prune>(1));
    registry.schedule::<jobs::RotateKeys>(Every::hours::<jobs::RotateKeys>(1));
}
