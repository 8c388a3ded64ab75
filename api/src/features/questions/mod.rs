//! Questions to experts (咨询解答): a resident asks, staff triage, an expert answers, an editor
//! writes it anew for everybody.
//!
//! `asked → triaged → answered → published → withdrawn`; instead of being triaged a question is
//! rejected for one of a few reasons, or redirected to a complaint. A follow-up, once, leads from
//! an answer back to the expert.
//!
//! 1. What is asked and answered is encrypted, shown to its asker and to the staff it concerns, and
//!    each look of theirs is audited. Nobody is told who asked.
//! 2. Adults ask; what they write goes through the review of texts, and what that rejects is given
//!    to no expert.
//! 3. One expert has a question: who claims it first answers it.
//! 4. What everybody reads is an entry of its own, written anew by somebody who did not answer.
//!    Every change of it goes through one function, `show_changed`.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod model;
mod policy;
mod queries;
mod routes;
pub mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    use routes::{faq, resident, staff};

    config
        .service(resident::ask_question)
        .service(resident::list_questions)
        .service(resident::get_question)
        .service(resident::follow_up_question)
        .service(resident::rate_answer)
        .service(staff::list_staff_questions)
        .service(staff::get_staff_question)
        .service(staff::assign_question)
        .service(staff::reject_question)
        .service(staff::redirect_question)
        .service(staff::claim_question)
        .service(staff::answer_question)
        .service(faq::list_faqs)
        .service(faq::get_faq)
        .service(faq::list_staff_faqs)
        .service(faq::publish_faq)
        .service(faq::get_staff_faq)
        .service(faq::correct_faq)
        .service(faq::withdraw_faq);
}
