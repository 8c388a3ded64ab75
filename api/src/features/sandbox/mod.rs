//! What exists in the sandbox profile alone: the built-in WeChat's codes, and demo content.
//!
//! 1. The routes are mounted only where the built-in WeChat runs, which production refuses.
//! 2. A database that holds demo content is marked, and production refuses to start on it: its
//!    staff have a password that everybody knows.

use actix_web::web::ServiceConfig;

mod demo;
mod routes;

pub use demo::{DEMO_PASSWORD, DEMO_STAFF, holds_demo_content, seed_demo_content};

pub fn configure(config: &mut ServiceConfig) {
    config.service(routes::mint_login_code).service(routes::mint_phone_code);
}
