//! Why a call failed.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use super::mini::template_value::ValueFault;
use super::reaction::{Reaction, rule};

/// Why a call failed. Holds no credential, identifier or URL, so it may be logged as it is.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum WechatError {
    /// The platform answered with an error code.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// No complete answer within the request timeout. Whether the platform acted on the call is
    /// unknown.
    #[error("{path}: no answer in time")]
    Timeout {
        /// Path of the call.
        path: &'static str,
    },
    /// The connection could not be made, or broke before the answer was complete.
    #[error("{path}: connection failed")]
    Transport {
        /// Path of the call.
        path: &'static str,
        /// True when no connection was made, so the platform certainly never saw the call.
        unsent: bool,
        /// The cause, with its URL removed.
        source: Arc<reqwest::Error>,
    },
    /// An HTTP status other than 2xx. The platform reports its own errors with 200, so this is a
    /// gateway.
    #[error("{path}: HTTP status {status}")]
    Http {
        /// Path of the call.
        path: &'static str,
        /// The status.
        status: u16,
    },
    /// The answer is not what the protocol promises.
    #[error("{path}: unusable reply: {reason}")]
    InvalidReply {
        /// Path of the call.
        path: &'static str,
        /// What is wrong with it.
        reason: ReplyFault,
    },
    /// The data belongs to another app: its watermark names a different appid.
    #[error("{path}: the watermark names another appid")]
    ForeignWatermark {
        /// Path of the call.
        path: &'static str,
    },
    /// Refused here, before anything was sent.
    #[error("refused before sending: {0}")]
    Refused(#[from] Refusal),
    /// The shared token store failed.
    #[error("token store failed")]
    TokenStore {
        /// The store's own error.
        source: Arc<dyn Error + Send + Sync>,
    },
    /// Another replica has held the refresh lease for longer than a lease lasts.
    #[error("gave up waiting for another replica to fetch the access token")]
    TokenBusy,
}

/// An error code of the platform, with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// Path of the call.
    pub path: &'static str,
    /// The platform's code, never 0.
    pub errcode: i64,
    /// The platform's request id: Tencent resolves it for 7 days (protocol 1.8).
    pub rid: Option<String>,
    /// The useful part of `errmsg`, whose text is otherwise dropped because it is not an API.
    pub detail: Option<Detail>,
    /// What to do; from the table, or [`Reaction::Alert`] once the token procedure has failed.
    pub reaction: Reaction,
}

impl ApiError {
    /// What the code means, in one English line.
    pub fn meaning(&self) -> &'static str {
        rule(Some(self.path), self.errcode).meaning
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: errcode {} ({})", self.path, self.errcode, self.meaning())?;
        match &self.detail {
            Some(Detail::TemplateKey(key)) => write!(f, ", key {key}")?,
            Some(Detail::EgressIp(ip)) => write!(f, ", our address is {ip}")?,
            None => {}
        }
        self.rid.as_ref().map_or(Ok(()), |rid| write!(f, ", rid {rid}"))
    }
}

impl Error for ApiError {}

/// What an `errmsg` says beyond its code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// The template key whose value was refused (47003).
    TemplateKey(String),
    /// The address our call came from, which is not on the allow-list (40164, 61004).
    EgressIp(IpAddr),
}

/// Why a reply is unusable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyFault {
    /// More bytes than the configured limit.
    #[error("longer than the limit")]
    TooLong,
    /// Not a JSON object.
    #[error("not a JSON object")]
    NotJson,
    /// A field the protocol promises is missing or of another type.
    #[error("a promised field is missing or has another type")]
    Shape,
}

/// Why a call was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A required argument is empty.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// Longer than the platform takes; the caller splits it.
    #[error("{field} has {chars} characters, at most {limit} are allowed")]
    TooLong {
        /// Name of the argument.
        field: &'static str,
        /// Characters given.
        chars: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// `state` of a web authorisation must be 1 to 128 ASCII letters and digits (protocol 3.16).
    #[error("state must be 1 to 128 ASCII letters and digits")]
    State,
    /// The request body cannot be written as JSON.
    #[error("request body cannot be written as JSON")]
    Body,
    /// `signature` may only be sent for profile texts (protocol 2.8).
    #[error("signature is only allowed in the profile scene")]
    SignatureOutsideProfile,
    /// A template value breaks the rule of its key (protocol 2.7).
    #[error("template value {key}: {fault}")]
    TemplateValue {
        /// The template key, for example `thing1`.
        key: String,
        /// The rule it breaks.
        fault: ValueFault,
    },
}

impl WechatError {
    /// What the caller should do.
    pub fn reaction(&self) -> Reaction {
        match self {
            Self::Api(error) => error.reaction,
            Self::Timeout { .. }
            | Self::Transport { .. }
            | Self::InvalidReply { .. }
            | Self::TokenStore { .. }
            | Self::TokenBusy => Reaction::Retry,
            Self::Http { status, .. } if *status >= 500 => Reaction::Retry,
            Self::Http { status: 429, .. } => Reaction::Slow,
            Self::Http { .. } | Self::ForeignWatermark { .. } | Self::Refused(_) => Reaction::Fix,
        }
    }

    /// The platform's code, when it answered with one.
    pub fn errcode(&self) -> Option<i64> {
        match self {
            Self::Api(error) => Some(error.errcode),
            _ => None,
        }
    }

    /// The platform's request id, when there is one.
    pub fn rid(&self) -> Option<&str> {
        match self {
            Self::Api(error) => error.rid.as_deref(),
            _ => None,
        }
    }

    /// Whether the platform certainly did not act on a call to `path`, so that repeating it cannot
    /// act twice.
    ///
    /// True for an answer "busy", for a connection never made, and for every failure to get an
    /// access token.
    pub fn is_certainly_unprocessed(&self, path: &str) -> bool {
        match self {
            Self::Api(error) => error.path != path || error.reaction == Reaction::Retry,
            Self::Timeout { path: at }
            | Self::Http { path: at, .. }
            | Self::InvalidReply { path: at, .. } => *at != path,
            Self::Transport { path: at, unsent, .. } => *at != path || *unsent,
            Self::Refused(_) | Self::TokenStore { .. } | Self::TokenBusy => true,
            Self::ForeignWatermark { .. } => false,
        }
    }

    /// The same error where no token procedure applies, or once it is exhausted (protocol 1.6, step
    /// 5).
    pub(super) fn escalated(self) -> Self {
        match self {
            Self::Api(error) if error.reaction == Reaction::Refresh => {
                Self::Api(ApiError { reaction: Reaction::Alert, ..error })
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::errmsg::read_errmsg;
    use crate::client::paths;

    #[test]
    fn only_token_errors_escalate() {
        let token = WechatError::from(read_errmsg(paths::CHECK_TEXT, 42001, "expired")).escalated();
        assert_eq!(token.reaction(), Reaction::Alert);
        let other = WechatError::from(read_errmsg(paths::CHECK_TEXT, 44991, "limit")).escalated();
        assert_eq!(other.reaction(), Reaction::Slow);
    }

    #[test]
    fn a_lost_answer_is_not_certainly_unprocessed() {
        let path = paths::SUBSCRIBE_SEND;
        assert!(!WechatError::Timeout { path }.is_certainly_unprocessed(path));
        assert!(!WechatError::Http { path, status: 502 }.is_certainly_unprocessed(path));
        assert!(WechatError::from(read_errmsg(path, 43108, "busy")).is_certainly_unprocessed(path));
        assert!(WechatError::Timeout { path: paths::STABLE_TOKEN }.is_certainly_unprocessed(path));
    }
}
