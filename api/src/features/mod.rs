//! One folder per capability, all with the same file names: `routes` (HTTP), `dto` (shapes),
//! `service` (use cases), `queries` (SQL), `model` (pure rules), `policy` (who may), `jobs`.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::Registry;

pub mod accounts;
pub mod appointments;
pub mod articles;
pub mod complaints;
pub mod labs;
pub mod monitoring_points;
pub mod notifications;
pub mod quizzes;
pub mod regions;
pub mod roles;
pub mod sandbox;
pub mod staff;
pub mod system;

/// Everything below `/api/v1`.
pub fn configure(config: &mut ServiceConfig<'_>) {
    accounts::configure(config);
    staff::configure(config);
    roles::configure(config);
    regions::configure(config);
    articles::configure(config);
    quizzes::configure(config);
    labs::configure(config);
    monitoring_points::configure(config);
    appointments::configure(config);
    complaints::configure(config);
    notifications::configure(config);
    system::configure(config);
}

/// Every kind of job.
#[must_use]
pub fn jobs() -> Registry {
    let mut registry = Registry::default();
    appointments::jobs(&mut registry);
    notifications::jobs(&mut registry);
    system::jobs(&mut registry);
    registry
}
