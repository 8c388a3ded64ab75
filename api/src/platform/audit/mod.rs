//! The audit trail (ADR 0006).
//!
//! 1. An entry is written in the transaction of what it tells of, or both are not. There is no
//!    setting that turns it off.
//! 2. Each entry carries a MAC over all its content. No lock is taken for it: writers do not wait
//!    for each other.
//! 3. The sealer gives committed entries a number without gaps and a link that includes the one
//!    before. The head of the chain stands in a signed row.
//! 4. What is older than the retention is removed from the start, and the signed row says up to
//!    where, so that what remains can still be verified.
//!
//! Without the key nobody can change, add, reorder or remove an entry unnoticed. Who has the key and
//! the database, or sets the whole database back to an older copy, is found out by an anchor kept
//! elsewhere: the log line of the sealer, or the manifest of an export.

mod chain;
mod prune;
mod seal;
mod signer;
mod verify;

pub use chain::{Anchor, Damage, Link};
pub use prune::prune;
pub use seal::{head, seal};
pub use signer::AuditSigner;
pub(in crate::platform) use signer::is_volatile;
pub use verify::{Integrity, Report, integrity, verify};
