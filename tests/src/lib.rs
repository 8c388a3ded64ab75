//! The harness: one body, two engines, real HTTP. `docs/TESTING.md` tells how to use it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a harness fails loudly and has clocks, tasks and settings of its own"
)]

mod app;
mod client;
mod engine;
mod fixtures;
mod logs;
mod process;
mod proxy;
pub mod services;
mod spec;

pub use app::{TestApp, run, run_with};
pub use client::{TestRequest, TestResponse};
pub use engine::Engine;
pub use fixtures::{Lab, Person, complaint_body, quiz_body};
pub use process::Process;
pub use proxy::ChaosProxy;
pub use spec::{Operation, Spec};

/// Makes two tests of one body: `name::sqlite` (and the Kv of the process) and `name::postgres`
/// (and Redis), the two real deployments.
///
/// ```ignore
/// backends! {
///     async fn get_me_without_token_is_refused(app) {
///         app.get("/api/v1/me").send().await.problem(401, "unauthenticated");
///     }
/// }
/// ```
#[macro_export]
macro_rules! backends {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident) $body:block)+) => {
        $($(#[$meta])* mod $name {
            #[allow(unused_imports, reason = "a body may need nothing from outside")]
            use super::*;

            async fn body($app: &$crate::TestApp) $body

            #[test]
            fn sqlite() {
                $crate::run($crate::Engine::Sqlite, async |app| body(app).await);
            }

            #[test]
            fn postgres() {
                $crate::run($crate::Engine::Postgres, async |app| body(app).await);
            }
        })+
    };
}
