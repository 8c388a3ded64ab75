//! Members of staff: log-in by password, sessions, who they are and what they may do.
//!
//! 1. A wrong password costs one attempt before it is looked at, so that simultaneous guesses are
//!    counted too; after the last one the account is locked for a while.
//! 2. A log-in tells neither whether the name nor whether the password was wrong.
//! 3. An account begins without a right; the first administrators are made on the command line.
//! 4. Nobody changes their own standing.

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
        .service(routes::refresh_staff_login)
        .service(routes::logout_staff)
        .service(routes::get_staff_me)
        .service(routes::list_staff_members)
        .service(routes::create_staff_member)
        .service(routes::get_staff_member)
        .service(routes::set_staff_status);
}
