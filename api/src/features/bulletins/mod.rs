//! Consumer warnings, recalls, spot checks and quality reports as structured records.
//!
//! 1. Nobody publishes what they wrote. A number is given with the publication, without gaps.
//! 2. A correction and a withdrawal are public acts: each has a note, and is told to exactly those who
//!    were told before. What was withdrawn stays in the change feed as a tombstone.
//! 3. Public changes have instants that grow in the order of their commits, so who reads the feed on
//!    from the last one misses none.
//! 4. The level is computed from severity and probability, never chosen.
//! 5. A sheet is checked as a whole before anything is written, and taken over as a whole.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::{Every, Registry};

mod dto;
mod jobs;
mod model;
mod policy;
mod queries;
mod routes;
pub mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_bulletins)
        .service(routes::download_bulletins)
        .service(routes::get_bulletin)
        .service(routes::list_staff_bulletins)
        .service(routes::create_bulletin)
        .service(routes::get_staff_bulletin)
        .service(routes::update_bulletin)
        .service(routes::publish_bulletin)
        .service(routes::correct_bulletin)
        .service(routes::withdraw_bulletin)
        .service(routes::get_bulletin_template)
        .service(routes::list_bulletin_imports)
        .service(routes::check_bulletin_import)
        .service(routes::get_bulletin_import)
        .service(routes::commit_bulletin_import);
}

pub fn jobs(registry: &mut Registry) {
    registry.schedule::<jobs::ExpireImports>(Every::hours::<jobs::ExpireImports>(1));
}
