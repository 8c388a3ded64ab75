//! Classes: pupils answer quizzes from pseudonymous seats, so that nothing personal of theirs is
//! collected at all.
//!
//! 1. A class names no school and no pupil; a seat is a number with an account that has no name, no
//!    phone and no WeChat identity, and may read and answer quizzes only.
//! 2. A class never has more seats than its size, whoever joins at the same moment.
//! 3. A code leads in for two weeks and can be exchanged; a seat on another device needs its card.
//! 4. The teacher sees numbers and scores. When the class closes or the school year ends, the data of
//!    its seats are deleted.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::{Every, Registry};

mod dto;
mod jobs;
mod model;
mod queries;
mod routes;
pub mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::take_class_seat)
        .service(routes::open_class)
        .service(routes::list_classes)
        .service(routes::get_class)
        .service(routes::get_class_results)
        .service(routes::renew_class_code)
        .service(routes::renew_seat_card)
        .service(routes::remove_seat)
        .service(routes::close_class);
}

pub fn jobs(registry: &mut Registry) {
    registry.handle::<jobs::EraseClass>();
    registry.schedule::<jobs::CloseExpiredClasses>(Every::hours::<jobs::CloseExpiredClasses>(6));
}
