//! What is public, for machines: feeds (Atom, RSS 2.0, JSON Feed 1.1), and the site map for search engines.
//!
//! 1. An item keeps its id for good; a correction raises its `updated` and brings it to the first page
//!    again. An article that is withdrawn is gone; a bulletin that is withdrawn says so and why.
//! 2. A feed is cached as other public pages are, and forgotten with what it shows.
//! 3. Addresses are whole: a feed is read away from where it was fetched.
//!
//! Another source is a word of `Source` and a `shelf` beside that of `service::articles`.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod model;
mod queries;
mod routes;
mod service;
mod site;

pub use site::configure as configure_site;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(routes::get_feed);
}
