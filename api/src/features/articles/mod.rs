//! Texts that editors publish and residents read.
//!
//! 1. The public sees what is published, and nothing of what is written beside it.
//! 2. What is written is a revision and never changed; the next edit is the next revision.
//! 3. Who wrote, who reviewed and who published a text are three people, and a changed text is
//!    reviewed again.
//! 4. HTML is rendered and sanitised when a text is written, never when it is read.
//! 5. An edit names the version it started from; a stale one is refused, not merged, and told whose
//!    change came first.
//! 6. A correction and a withdrawal are public: they say what, why and when.
//! 7. A public page is cached with its entity tag and dropped when its article changes.
//! 8. Scheduled texts go live one by one; what cannot is marked and stops no other.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::{Every, Registry};

mod dto;
pub mod import;
mod jobs;
mod model;
mod queries;
mod routes;
pub mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_article_categories)
        .service(routes::list_articles)
        .service(routes::get_article)
        .service(routes::get_article_cover)
        .service(routes::get_article_preview)
        .service(routes::get_article_preview_file)
        .service(routes::list_staff_articles)
        .service(routes::create_article)
        .service(routes::get_staff_article)
        .service(routes::update_article)
        .service(routes::set_article_cover)
        .service(routes::submit_article)
        .service(routes::recall_article)
        .service(routes::request_article_changes)
        .service(routes::approve_article)
        .service(routes::schedule_article)
        .service(routes::cancel_article_schedule)
        .service(routes::publish_article)
        .service(routes::unpublish_article)
        .service(routes::withdraw_article)
        .service(routes::create_preview_link)
        .service(routes::list_article_revisions)
        .service(routes::get_article_revision)
        .service(routes::diff_article_revisions)
        .service(routes::list_article_reviews);
}

pub fn jobs(registry: &mut Registry) {
    registry.schedule::<jobs::RunArticleSchedule>(Every::minutes::<jobs::RunArticleSchedule>(1));
}
