//! What a person may ask of us about their own data (PIPL Art. 45–47, 50): a copy, a correction, and
//! to be forgotten.
//!
//! 1. The inventory (`model/inventory`) says of every table and column whose it is, what of it
//!    goes into the copy and what becomes of it at the end. A test compares it with the schema.
//! 2. A copy lies in the storage sealed and in parts, for the owner alone, and not for long.
//! 3. A closing account holds no place, can be looked at, taken along and kept. Its row is locked by
//!    every change of this feature, so wishes of one person take turns.
//! 4. The erasure goes table by table in small transactions and can be taken up where it ended. What
//!    the law makes us keep leaves its table and is sealed in `restricted_records` under a pseudonym,
//!    so that no operation of staff finds it by accident; it goes when its time is over.
//! 5. A case that is still being handled stays with its handler, under the pseudonym, until it ends.
//! 6. A correction is decided by who handles the record; a refusal has a reason (Art. 50).

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::{Every, Registry};

mod dto;
mod jobs;
mod model;
mod policy;
mod queries;
mod routes;
mod service;

pub use model::{Erase, Export, Owner, Table, inventory};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::request_export)
        .service(routes::list_exports)
        .service(routes::get_export)
        .service(routes::download_export)
        .service(routes::create_export_ticket)
        .service(routes::redeem_export_ticket)
        .service(routes::request_deletion)
        .service(routes::get_deletion)
        .service(routes::cancel_deletion)
        .service(routes::request_correction)
        .service(routes::list_corrections)
        .service(routes::list_region_corrections)
        .service(routes::get_region_correction)
        .service(routes::accept_correction)
        .service(routes::refuse_correction)
        .service(routes::list_account_deletions)
        .service(routes::list_restricted_records)
        .service(routes::read_restricted_record);
}

pub fn jobs(registry: &mut Registry) {
    registry.handle::<jobs::BuildExport>();
    registry.handle::<jobs::ReleasePlaces>();
    registry.handle::<jobs::EraseAccount>();
    registry.schedule::<jobs::EndRetention>(Every::hours::<jobs::EndRetention>(1));
}
