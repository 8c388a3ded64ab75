//! The harness: one body, two engines, real HTTP. `docs/TESTING.md` tells how to use it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a harness fails loudly and has clocks, tasks and settings of its own"
)]

mod app;
mod articles;
mod bulletins;
mod calendar;
mod client;
mod engine;
mod files;
mod fixtures;
mod inspect;
mod logs;
mod minors;
mod pages;
mod planted;
mod process;
mod proxy;
mod results;
mod s3;
pub mod services;
mod spec;

pub use app::{OVERTAKEN, TestApp, broken_slots, limit, run, run_with, wide_pool};
pub use bulletins::{bulletin_body, product_body};
pub use calendar::{Calendar, Event, read_calendar};
pub use client::{TestRequest, TestResponse, raw_http};
pub use engine::{Engine, World};
pub use files::{gif, jpeg, jpeg_of_a_camera, pdf, png, png_head, webp};
pub use fixtures::{Crew, Lab, Person, Role, complaint_body, plan_rule, quiz_body};
pub use logs::{count_statements, statements};
pub use minors::Class;
pub use pages::with;
pub use planted::plant;
pub use process::Process;
pub use proxy::ChaosProxy;
pub use s3::on_s3;
pub use sanjin::platform::config::Config;
pub use spec::{Operation, Spec};

/// Makes two tests of one body: `name::sqlite` (and the Kv of the process) and `name::postgres`
/// (and Redis), the two real deployments.
///
/// The service of such a test has a pool of one connection: whoever uses the pool while a
/// transaction is open waits for himself and is found out. A storm says
/// `config => { wide_pool(config); }`.
///
/// ```ignore
/// backends! {
///     async fn get_me_without_token_is_refused(app) {
///         app.get("/api/v1/me").send().await.problem(401, "unauthenticated");
///     }
///
///     async fn get_me_of_a_crowd_is_limited(app, config => { limit(config, "x", 1); }) {
///         …
///     }
/// }
/// ```
#[macro_export]
macro_rules! backends {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident $(, $config:ident => $change:block)?) $body:block)+) => {
        $($(#[$meta])* mod $name {
            #[allow(unused_imports, reason = "a body may need nothing from outside")]
            use super::*;

            async fn body($app: &$crate::TestApp) $body

            fn change(_settings: &mut $crate::Config) {
                $(let $config = _settings; $change)?
            }

            #[test]
            fn sqlite() {
                $crate::run_with($crate::Engine::Sqlite, change, async |app| body(app).await);
            }

            #[test]
            fn postgres() {
                $crate::run_with($crate::Engine::Postgres, change, async |app| body(app).await);
            }
        })+
    };
}
