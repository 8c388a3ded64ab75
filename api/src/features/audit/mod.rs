//! The audit trail as the auditor sees it: search, one entry with its integrity, exports; and the jobs
//! that seal and thin it. Writing and verifying are the platform's (`platform/audit`).
//!
//! 1. Whoever reads the trail stands in it: each search, look, export and download.
//! 2. An export is written a page at a time and lies encrypted in the storage; after its time only the
//!    manifest is left.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::{Every, Registry};

mod dto;
mod jobs;
mod model;
mod queries;
mod routes;
mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_audit_entries)
        .service(routes::get_audit_entry)
        .service(routes::create_audit_export)
        .service(routes::list_audit_exports)
        .service(routes::get_audit_export)
        .service(routes::download_audit_export);
}

pub fn jobs(registry: &mut Registry) {
    registry.schedule::<jobs::SealAudit>(Every::minutes::<jobs::SealAudit>(1));
    registry.schedule::<jobs::TidyAudit>(Every::hours::<jobs::TidyAudit>(1));
    registry.handle::<jobs::WriteAuditExport>();
}
