//! Work in exchange for attention: who asks too often in vain first shows that it cost them
//! something.
//!
//! 1. A challenge is signed and kept nowhere; asking for one costs us a hash.
//! 2. It stands for one purpose and one use, and ends.
//! 3. What it protects wraps its use case in [`service::guarded`], which also counts the failures by
//!    which an address is found out.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod model;
mod routes;
pub mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(routes::create_challenge);
}
