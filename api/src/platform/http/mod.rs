//! What every operation shares on the wire: errors, request parsing, replies, conditions,
//! idempotency, and the middleware around them.

mod address;
mod challenge;
mod client_kind;
mod code;
mod conditional;
mod device;
mod envelope;
mod error;
mod extract;
mod file;
mod gate;
mod idempotency;
mod metrics;
mod reply;
pub mod text;
mod upload;

pub use address::ClientAddress;
pub use challenge::{ChallengeHint, ChallengeSolution};
pub use client_kind::client_kind;
pub use code::{ErrorCode, Severity};
pub use conditional::{IfMatch, MaybeIfMatch, cached, cached_as, tagged, tagged_json};
pub use device::Device;
pub use envelope::{HeadOnly, RequestId, envelope};
pub use error::{
    AppError, AppResult, ConsentNeeded, EditConflict, FieldError, Problem, Withdrawal,
};
pub use extract::{Json, Path, Query, faults};
pub use file::{RenditionQuery, StoredFile, attachment};
pub use gate::gate;
pub use idempotency::{Claim, IdempotencyKey, Settlement, Stamp, prune_idempotency_keys};
pub use metrics::Metrics;
pub use reply::Reply;
pub use upload::{Upload, UploadBudget};
