//! Finding what editors published: articles, bulletins, answered questions.
//!
//! 1. Both engines find the same, in the same order: hits in the title, then in the tags, then in the
//!    text; among these the newest first. What a hit is, is decided by tokens that we make
//!    (`platform/search`), not by the engine.
//! 2. A document is indexed in the transaction that shows it ([`service::put`]) and gone with the
//!    one that takes it back ([`service::remove`]); both are harmless twice.
//! 3. Nothing personal is in an answer, so answers are cached as public pages are.
//! 4. What people look for is counted without knowing who. What looks like personal data is not
//!    counted at all, and nobody is shown what strangers typed: suggestions are tags and titles.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::Registry;

mod dto;
mod jobs;
mod model;
mod queries;
mod routes;
pub mod service;

pub use model::Document;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::search_documents)
        .service(routes::suggest_searches)
        .service(routes::list_synonyms)
        .service(routes::create_synonyms)
        .service(routes::update_synonyms)
        .service(routes::delete_synonyms)
        .service(routes::list_search_misses);
}

pub fn jobs(registry: &mut Registry) {
    registry.handle::<jobs::Reindex>();
}
