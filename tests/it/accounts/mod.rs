//! Residents: log-in through WeChat, sessions, one's own account.

mod find;
mod login;
mod me;
mod sessions;
