//! The WeChat platform as a library of its own.
//!
//! - [`client`]: typed server API client with a central access-token keeper and one table from
//!   error code to reaction.
//! - [`push`]: messages and events pushed by the platform: signatures, message crypto, typed
//!   messages, replies.
//! - [`session_data`]: what a mini-program client hands over together with its session key.
//! - [`js_sdk`]: page signatures for the JS-SDK.
//! - [`api_security`]: the optional second layer of request encryption and response signatures.
//! - [`simulator`] (feature `simulator`): a strict local WeChat, for tests and for an embedded
//!   sandbox.
//!
//! Time comes from a [`Clock`], so expiry is testable without waiting. Credentials and personal
//! identifiers are newtypes whose `Debug` is redacted; errors and log events carry a path, an
//! errcode, the platform's request id and a duration, nothing else.
//!
//! "Protocol n.m" in a comment names a section of `PROTOCOL.md` beside this crate;
//! "Tencent: x" names the page of Tencent's own documentation.

#![warn(missing_docs)]

pub mod api_security;
pub mod client;
pub mod clock;
pub mod js_sdk;
pub mod push;
pub mod secret;
pub mod session_data;
#[cfg(feature = "simulator")]
pub mod simulator;

mod digest;
mod random;

pub use client::{Client, ClientConfig, Reaction, WechatError};
pub use clock::{Clock, ManualClock, SystemClock};
pub use secret::{
    AccessToken, AppSecret, CallbackToken, OpenId, SessionKey, UnionId, UserRefreshToken, UserToken,
};
