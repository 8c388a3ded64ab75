//! Roles as data, and who holds them where.
//!
//! 1. A role's permissions all serve the role's duty; a person's roles all have one duty. So the
//!    system, security and audit administrators of 等保2.0 level 3 (GB/T 22239-2019, 8.1.4.2) stay
//!    apart from each other and from the business.
//! 2. Nobody grants or takes a right of their own, directly or by changing a role they hold.
//! 3. The last administrator of a duty keeps it: no right, and so not the audit, can be orphaned.
//! 4. Grants add up: a permission holds wherever at least one grant gives it.
//! 5. Built-in roles do not change.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod model;
mod policy;
mod queries;
mod routes;
pub mod service;

pub use dto::{GrantInput, GrantView};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_permissions)
        .service(routes::list_roles)
        .service(routes::create_role)
        .service(routes::get_role)
        .service(routes::update_role)
        .service(routes::delete_role)
        .service(routes::list_grants)
        .service(routes::create_grant)
        .service(routes::delete_grant);
}
