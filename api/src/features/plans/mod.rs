//! Plans: a lab says once when it offers a service, and the slots follow from it.
//!
//! 1. Generation inserts what is missing and touches nothing that is there; it may run at any time,
//!    several times, and at several places at once.
//! 2. A plan's slots are written under the lock of its row, and only for the version that was read: a
//!    change and a generation do not mix.
//! 3. The lock of the plan comes before those of slots and bookings, always.
//! 4. A change is stored at once and carried out by a job, step by step. Each step is finished by the
//!    transaction that notes it, so a process that dies in between loses nothing.
//! 5. Nobody loses a place unseen: what a change would strand is shown before, and each booking is
//!    moved or cancelled by a transaction of its own, with a notice.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::{Every, Registry};

mod dto;
mod jobs;
mod model;
mod policy;
mod queries;
mod routes;
mod service;

pub use jobs::{ApplyPlan, GeneratePlan};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_plans)
        .service(routes::create_plan)
        .service(routes::preview_plan)
        .service(routes::get_plan)
        .service(routes::update_plan)
        .service(routes::preview_plan_change);
}

pub fn jobs(registry: &mut Registry) {
    registry.handle::<jobs::GeneratePlan>();
    registry.handle::<jobs::ApplyPlan>();
    registry.schedule::<jobs::GeneratePlans>(Every::hours::<jobs::GeneratePlans>(1));
}
