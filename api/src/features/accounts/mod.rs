//! Residents: one person with several doors, sessions, one's own account.
//!
//! 1. One WeChat identity (appid, openid) belongs to one account, and so does one unionid, whatever
//!    comes at once.
//! 2. Two accounts that turn out to be one person become one: the younger part of the elder, by the
//!    rules of `model::MERGE`, without losing anything.
//! 3. Session key, phone, school and real name are encrypted; what is shown is masked.
//! 4. A login code is used once; who retries gets a new one from WeChat. A `state` is used once, by
//!    the browser that it was made for.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::Registry;

mod dto;
mod jobs;
mod model;
mod queries;
mod routes;
pub mod service;

pub use jobs::FinishMerge;
pub use model::MERGE;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::login_with_wechat)
        .service(routes::authorize_h5_login)
        .service(routes::login_with_wechat_h5)
        .service(routes::refresh_login)
        .service(routes::logout)
        .service(routes::get_me)
        .service(routes::update_me)
        .service(routes::bind_phone)
        .service(routes::bind_phone_from_wechat_data)
        .service(routes::unbind_phone)
        .service(routes::put_school)
        .service(routes::delete_school)
        .service(routes::list_sessions)
        .service(routes::end_other_sessions)
        .service(routes::end_session)
        .service(routes::put_real_name)
        .service(routes::get_real_name)
        .service(routes::delete_real_name)
        .service(routes::find_accounts)
        .service(routes::list_account_conflicts)
        .service(routes::decide_account_conflict);
}

pub fn jobs(registry: &mut Registry) {
    registry.handle::<jobs::FinishMerge>();
}
