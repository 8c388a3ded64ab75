//! Age bands instead of birth dates, and the guardians of children under 14 (PIPL Art. 31,
//! 《儿童个人信息网络保护规定》 Art. 8–10, 《未成年人网络保护条例》 Art. 31).
//!
//! 1. An age band is declared. Becoming younger is always possible and takes back what was agreed to;
//!    becoming older needs the month that was declared before, a guardian, or staff.
//! 2. At 14 and at 18 the account is asked anew; until the answer it is a child's.
//! 3. A child reads and answers quizzes; more needs a guardian, an adult with a phone who
//!    acknowledged each of the seven statements.
//! 4. One child has one guardian's consent in force, whoever redeems at the same moment.

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
        .service(routes::declare_age_band)
        .service(routes::create_guardian_invitation)
        .service(routes::confirm_ward)
        .service(routes::list_wards)
        .service(routes::set_ward_age_band)
        .service(routes::withdraw_guardian_consent)
        .service(routes::set_account_age_band);
}

pub fn jobs(registry: &mut Registry) {
    registry.schedule::<jobs::ReviewAges>(Every::hours::<jobs::ReviewAges>(6));
}
