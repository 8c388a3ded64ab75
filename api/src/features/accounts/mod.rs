//! Residents: log-in through WeChat, sessions, one's own account.
//!
//! 1. One WeChat identity (appid, openid) belongs to one account, whatever comes at once.
//! 2. The session key and the phone are encrypted; the phone is shown masked.
//! 3. A login code is used once; who retries gets a new one from WeChat.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod model;
mod queries;
mod routes;
pub mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::login_with_wechat)
        .service(routes::refresh_login)
        .service(routes::logout)
        .service(routes::get_me)
        .service(routes::update_me)
        .service(routes::bind_phone)
        .service(routes::unbind_phone)
        .service(routes::find_accounts);
}
