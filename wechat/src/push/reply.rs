//! Passive answers (Tencent: "passive reply"; protocol 3.3, 3.4, 3.7).

use serde::Serialize;

use super::message::Incoming;
use super::xml::cdata;

/// The answer to a push, given within five seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// Received; nothing is said to the user now.
    Success,
    /// A text to the user; line breaks are `\n`.
    Text(String),
    /// Hand the chat to human agents, to one of them if named.
    TransferToAgents {
        /// The agent's account.
        account: Option<String>,
    },
}

/// An answer the platform would not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// An empty text makes the user see a failure notice.
    #[error("reply text is empty")]
    EmptyText,
    /// The answer could not be encrypted.
    #[error("reply could not be encrypted")]
    Encrypt,
}

/// What to write into the HTTP response, with status 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Value of `Content-Type`.
    pub content_type: &'static str,
    /// The body, without stray white space around it.
    pub body: String,
}

/// How a push was written, and its answer must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Xml,
    Json,
}

impl Format {
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Xml => "text/xml; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct JsonReply<'a> {
    to_user_name: &'a str,
    from_user_name: &'a str,
    create_time: i64,
    msg_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trans_info: Option<TransInfo<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TransInfo<'a> {
    kf_account: &'a str,
}

impl Reply {
    /// The unencrypted body, or `None` for the bare word that acknowledges a push. Sender and
    /// recipient swap.
    pub(super) fn render(
        &self,
        to: &Incoming,
        format: Format,
        now: i64,
    ) -> Result<Option<String>, ReplyError> {
        let (msg_type, content, account) = match self {
            Self::Success => return Ok(None),
            Self::Text(text) if text.trim().is_empty() => return Err(ReplyError::EmptyText),
            Self::Text(text) => ("text", Some(text.as_str()), None),
            Self::TransferToAgents { account } => {
                ("transfer_customer_service", None, account.as_deref())
            }
        };
        let reply = JsonReply {
            to_user_name: to.from.as_str(),
            from_user_name: &to.to_user_name,
            create_time: now,
            msg_type,
            content,
            trans_info: account.map(|kf_account| TransInfo { kf_account }),
        };
        Ok(Some(match format {
            Format::Json => serde_json::to_string(&reply).ok().ok_or(ReplyError::Encrypt)?,
            Format::Xml => reply.to_xml(),
        }))
    }
}

impl JsonReply<'_> {
    fn to_xml(&self) -> String {
        let content = self.content.map(|text| format!("<Content>{}</Content>", cdata(text)));
        let agent = self.trans_info.as_ref().map(|info| {
            format!("<TransInfo><KfAccount>{}</KfAccount></TransInfo>", cdata(info.kf_account))
        });
        format!(
            "<xml><ToUserName>{}</ToUserName><FromUserName>{}</FromUserName>\
             <CreateTime>{}</CreateTime><MsgType>{}</MsgType>{}{}</xml>",
            cdata(self.to_user_name),
            cdata(self.from_user_name),
            self.create_time,
            cdata(self.msg_type),
            content.unwrap_or_default(),
            agent.unwrap_or_default(),
        )
    }
}

/// The envelope of an encrypted answer; element names have exactly this capitalisation.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Envelope<'a> {
    pub(super) encrypt: &'a str,
    pub(super) msg_signature: &'a str,
    #[serde(rename = "TimeStamp")]
    pub(super) timestamp: i64,
    pub(super) nonce: &'a str,
}

impl Envelope<'_> {
    pub(super) fn render(&self, format: Format) -> Result<String, ReplyError> {
        match format {
            Format::Json => serde_json::to_string(self).ok().ok_or(ReplyError::Encrypt),
            Format::Xml => Ok(format!(
                "<xml><Encrypt>{}</Encrypt><MsgSignature>{}</MsgSignature>\
                 <TimeStamp>{}</TimeStamp><Nonce>{}</Nonce></xml>",
                cdata(self.encrypt),
                cdata(self.msg_signature),
                self.timestamp,
                cdata(self.nonce),
            )),
        }
    }
}
