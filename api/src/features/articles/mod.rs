//! Texts that editors publish and residents read.
//!
//! 1. The public sees what is published, and nothing of a draft.
//! 2. HTML is rendered and sanitised when a text is written, never when it is read.
//! 3. An edit names the version it started from; a stale one is refused, not merged.
//! 4. A public page is cached with its entity tag and dropped when its article changes.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
pub mod import;
mod model;
mod queries;
mod routes;
mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_article_categories)
        .service(routes::list_articles)
        .service(routes::get_article)
        .service(routes::get_article_cover)
        .service(routes::list_staff_articles)
        .service(routes::create_article)
        .service(routes::get_staff_article)
        .service(routes::update_article)
        .service(routes::set_article_cover)
        .service(routes::publish_article)
        .service(routes::withdraw_article);
}
