//! Who is asking, and what they may do.
//!
//! 1. The permission stands in the handler's type: [`Ctx<P>`] is the only way to the app, the
//!    actor and the time, so a forgotten check does not compile.
//! 2. Residents and staff are separate audiences; a token of one is unknown to the other.
//! 3. An access token is short and says only who; what a staff member may do is read from the
//!    database, at most a second old.
//! 4. What a resident may do depends on their standing: minors and class seats are kept out of
//!    whatever takes free text (《未成年人网络保护条例》 Art. 31) by the list of each permission.
//! 5. Raising an account's epoch ends all its access tokens.
//! 6. Staff who have to change their password or to set up a second factor can do nothing else;
//!    the guard of a staff permission is the one place that says so.

mod actor;
mod grants;
mod guard;
mod identity;
mod lookup;
mod password;
mod permission;
mod restriction;
mod scope;
mod session;
mod standing;
mod token;

pub use actor::{Anyone, Grant, Resident, Staff};
pub use entity::scope::{LabScope, PlaceScope, RegionScope};
pub use grants::grants_of;
pub use guard::{Ctx, FromCaller, origin};
pub use identity::{Caller, Identity, PrincipalCache, Subject, identify, may_enter};
pub use password::Passwords;
pub use permission::{
    Permission, PermissionSet, ResidentPermission, StaffPermission, StaffPermissionInfo, perm,
};
pub use restriction::{Restriction, password_expiry};
pub use scope::Scope;
pub use session::{
    TokenPair, prune_sessions, revoke_all, revoke_session, rotate_session, start_resident_session,
    start_session, start_session_on,
};
pub use standing::Standing;
pub use token::{Claims, TokenKeys};
