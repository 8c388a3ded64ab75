//! What every operation shares on the wire: errors, request parsing, replies, conditions,
//! idempotency, and the middleware around them.

mod address;
mod code;
mod conditional;
mod envelope;
mod error;
mod extract;
mod gate;
mod idempotency;
mod metrics;
mod reply;
pub mod text;

pub use address::ClientAddress;
pub use code::{ErrorCode, Severity};
pub use conditional::{IfMatch, cached};
pub use envelope::{RequestId, envelope};
pub use error::{AppError, AppResult, FieldError, Problem};
pub use extract::{Json, Path, Query, read_body};
pub use gate::gate;
pub use idempotency::{Claim, IdempotencyKey, Settlement, prune_idempotency_keys};
pub use metrics::Metrics;
pub use reply::Reply;
