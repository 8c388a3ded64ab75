//! What residents write, looked at before others may read it: by WeChat (`msg_sec_check`, protocol
//! 2.8) where it can be asked, by a person where it cannot or where it doubts.
//!
//! 1. Nothing passes because nobody answered: a failure of whatever kind ends in the human queue.
//! 2. A review is about one text, by its digest. Another text in the same place is a new review.
//! 3. The text stays in its own table; a reviewer's look at it is audited.
//! 4. One reviewer at a time: who claims a text has it for a while, and only they decide.
//!
//! `pending → passed | rejected | needs_human`, `needs_human → passed | rejected`; what WeChat calls
//! a violation is rejected at once and confirmed, or set right, by a person.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::Registry;

mod dto;
mod jobs;
mod model;
mod policy;
mod queries;
mod routes;
pub mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_text_reviews)
        .service(routes::claim_text_review)
        .service(routes::decide_text_review);
}

pub fn jobs(registry: &mut Registry) {
    registry.handle::<jobs::CheckText>();
}
