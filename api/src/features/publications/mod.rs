//! Where an article is published to, beside the list of articles: the mini-program, the H5 pages, a draft
//! in the public account.
//!
//! 1. Each public change of an article says in its own transaction what its channels are to show.
//! 2. The mini-program and the pages read the API: they have it with the commit. The public account is told
//!    later; until then its row stays `queued`.
//! 3. A correction goes to the same place as the first version (`external_id` stays); a withdrawal leaves
//!    nothing to be sent.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod queries;
mod routes;
pub mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(routes::list_article_publications).service(routes::retry_article_publication);
}
