//! Messages and events that the platform pushes to us (protocol 3.1–3.7).
//!
//! A [`Receiver`] knows one account's push configuration. It verifies, decrypts and parses a push
//! into an [`Incoming`] and renders the answer. Public accounts push XML, mini-programs XML or
//! JSON; the format of a push is recognised by its first byte and its answer has the same.
//!
//! ```
//! # use std::sync::Arc;
//! # use wechat::push::{PushConfig, PushMode, PushQuery, Receiver, Reply};
//! # use wechat::SystemClock;
//! # fn handle(query: PushQuery, body: &[u8]) -> Result<String, Box<dyn std::error::Error>> {
//! let config = PushConfig::plain("wx0123456789abcdef", "callback-token");
//! let receiver = Receiver::new(config, Arc::new(SystemClock))?;
//! let push = receiver.open(&query, body)?;
//! // Queue the work under `push.incoming.dedupe_key()`, then answer within five seconds.
//! let answer = receiver.answer(&push, &Reply::Success)?;
//! # Ok(answer.body)
//! # }
//! ```

mod crypto;
mod event;
mod fields;
mod message;
mod receiver;
mod reply;
mod signature;
mod xml;

pub use crypto::{CryptoError, EncodingAesKey, KeyError};
pub use event::{
    AuthorizationChange, Event, MediaVerdict, SubscribeChoice, SubscribeReceipt, TemplateStatus,
};
pub use fields::Fields;
pub use message::{Content, Incoming, Message};
pub use receiver::{
    Push, PushConfig, PushConfigError, PushError, PushMode, PushQuery, Receiver, WINDOW_SECONDS,
};
pub use reply::{Answer, Reply, ReplyError};
pub use signature::{sign, sign_encrypted, verify, verify_encrypted};
pub use xml::MalformedXml;
