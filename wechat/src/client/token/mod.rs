//! The access token of one app: fetched once for all replicas, cached for a minute, replaced when
//! it is due or when the platform refuses it (protocol 1.2, 1.5, 1.6).
//!
//! Two nested single flights: a mutex lets one task per process through, and a lease in the
//! [`TokenStore`] one process. Whoever does not get through waits for the result instead of calling
//! the platform.

mod flight;
mod keeper;
mod store;
mod stored;

pub(super) use keeper::TokenKeeper;
pub use store::{MemoryTokenStore, StoreError, TokenStore};
pub use stored::{FORCED_GAP_SECONDS, FORCED_PER_DAY, StoredToken};
