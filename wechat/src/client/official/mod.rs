//! The public account's server API (protocol 3).

mod oauth;

pub use oauth::{OauthGrant, OauthScope, OauthUser};
