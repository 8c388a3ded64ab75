//! Quizzes: questions that residents answer and the server scores.
//!
//! 1. No reply carries a key, an explanation or a mark before its attempt is closed.
//! 2. A paper is frozen when an attempt starts: order, options and key; an option's id means
//!    nothing outside its paper, so nothing can be learnt from ids or order.
//! 3. One row per answer; an older tab cannot overwrite a newer answer.
//! 4. One open attempt per person and quiz; the limit of attempts is a unique number, not a count.
//! 5. Closing scores once, whoever asks and however often. The server's clock decides.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod model;
mod queries;
mod routes;
pub mod service;

pub use dto::WriteQuiz;
pub use service::seed_quiz;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_quizzes)
        .service(routes::get_quiz)
        .service(routes::start_attempt)
        .service(routes::get_attempt)
        .service(routes::answer_item)
        .service(routes::submit_attempt)
        .service(routes::list_staff_quizzes)
        .service(routes::create_quiz)
        .service(routes::get_staff_quiz)
        .service(routes::update_quiz)
        .service(routes::publish_quiz)
        .service(routes::close_quiz);
}
