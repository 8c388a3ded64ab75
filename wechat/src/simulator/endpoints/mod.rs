//! The simulated API, one file per topic. An endpoint turns a call into a JSON object or an error
//! code.

use std::time::Duration;

pub(super) mod content;
pub(super) mod login;
pub(super) mod oauth;
pub(super) mod oauth_page;
pub(super) mod phone;
pub(super) mod risk;
pub(super) mod subscribe;
pub(super) mod token;

/// Life of login and phone codes.
const CODE_LIFE: Duration = Duration::from_secs(300);
