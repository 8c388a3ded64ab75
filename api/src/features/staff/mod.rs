//! Members of staff: how they log in, who they are and what they may do (GB/T 22239-2019, 8.1.4.1).
//!
//! 1. A guess costs one attempt before it is looked at, so that simultaneous guesses are counted
//!    too; after the last one the account is locked for a while. Passwords and codes share a count.
//! 2. A log-in tells neither whether the name nor whether the password was wrong: a name nobody has
//!    is counted, locked and answered like any other.
//! 3. An account begins without a right; the first administrators are made on the command line, and
//!    there is no other account that nobody made.
//! 4. Nobody changes their own standing, and nobody alone takes another's account: one duty resets
//!    passwords, another the second factor.
//! 5. A password that somebody else knows, or that is too old, allows nothing but to change it.
//! 6. A code of the authenticator works once, a recovery code works once, a log-in ticket works once.
//! 7. New credentials end what the old ones opened: sessions, tokens and half-done log-ins.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod model;
mod policy;
mod queries;
mod routes;
pub mod service;

pub use dto::CreateStaffMember;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::login_staff)
        .service(routes::login_staff_with_wechat)
        .service(routes::pass_second_factor)
        .service(routes::refresh_staff_login)
        .service(routes::logout_staff)
        .service(routes::get_staff_me)
        .service(routes::change_staff_password)
        .service(routes::enrol_second_factor)
        .service(routes::confirm_second_factor)
        .service(routes::renew_recovery_codes)
        .service(routes::remove_second_factor)
        .service(routes::list_staff_sessions)
        .service(routes::end_staff_session)
        .service(routes::bind_staff_wechat)
        .service(routes::unbind_staff_wechat)
        .service(routes::list_staff_members)
        .service(routes::create_staff_member)
        .service(routes::get_staff_member)
        .service(routes::set_staff_status)
        .service(routes::reset_staff_password)
        .service(routes::reset_staff_second_factor)
        .service(routes::end_staff_sessions);
}
