//! Who is asking, and what they may do.
//!
//! 1. The permission stands in the handler's type: [`Ctx<P>`] is the only way to the app, the
//!    actor and the time, so a forgotten check does not compile.
//! 2. Residents and staff are separate audiences; a token of one is unknown to the other.
//! 3. An access token is short and says only who; what a staff member may do is read from the
//!    database, at most a second old.
//! 4. Raising an account's epoch ends all its access tokens.

mod actor;
mod grants;
mod guard;
mod identity;
mod password;
mod permission;
mod scope;
mod session;
mod token;

pub use actor::{Anyone, Grant, Resident, Staff};
pub use entity::scope::{LabScope, PointScope, RegionScope};
pub use grants::grants_of;
pub use guard::{Ctx, FromCaller};
pub use identity::{Caller, Identity, PrincipalCache, Subject, identify};
pub use password::Passwords;
pub use permission::{Permission, PermissionSet, StaffPermission, StaffPermissionInfo, perm};
pub use scope::Scope;
pub use session::{
    TokenPair, prune_sessions, revoke_all, revoke_session, rotate_session, start_session,
};
pub use token::{Claims, TokenKeys};
