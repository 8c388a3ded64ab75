//! One-time subscribe messages (Tencent: `subscribeMessage.send`; protocol 2.7).

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use super::template_value::fit;
use crate::client::error::{Refusal, WechatError};
use crate::client::retry::Repeat;
use crate::client::transport::Call;
use crate::client::{Client, paths};
use crate::secret::OpenId;

/// Which version of the mini-program the card opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MiniProgramState {
    /// Development version.
    Developer,
    /// Trial version.
    Trial,
    /// Released version.
    #[default]
    Formal,
}

/// Language of the card's frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
pub enum Lang {
    /// Simplified Chinese.
    #[default]
    #[serde(rename = "zh_CN")]
    ZhCn,
    /// English.
    #[serde(rename = "en_US")]
    EnUs,
    /// Traditional Chinese, Hong Kong.
    #[serde(rename = "zh_HK")]
    ZhHk,
    /// Traditional Chinese, Taiwan.
    #[serde(rename = "zh_TW")]
    ZhTw,
}

/// A message to one user under one granted template.
#[derive(Clone, PartialEq, Eq)]
pub struct SubscribeMessage {
    /// The recipient.
    pub touser: OpenId,
    /// The account's private template id.
    pub template_id: String,
    /// Page the card opens, with its query; without it the card opens nothing.
    pub page: Option<String>,
    /// A value for every key of the template and no other. Values are made to fit their rule before
    /// sending, see [`template_value::fit`](super::template_value::fit).
    pub data: BTreeMap<String, String>,
    /// Which version of the mini-program the card opens.
    pub state: MiniProgramState,
    /// Language of the card's frame.
    pub lang: Lang,
}

impl SubscribeMessage {
    /// A message without page, for the released version, in simplified Chinese.
    pub fn new(
        touser: OpenId,
        template_id: impl Into<String>,
        data: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Self {
            touser,
            template_id: template_id.into(),
            page: None,
            data: data.into_iter().collect(),
            state: MiniProgramState::default(),
            lang: Lang::default(),
        }
    }
}

impl fmt::Debug for SubscribeMessage {
    /// Values and the page's query may name a person, so only the keys are shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubscribeMessage")
            .field("template_id", &self.template_id)
            .field("keys", &self.data.keys())
            .field("state", &self.state)
            .field("lang", &self.lang)
            .finish_non_exhaustive()
    }
}

/// A message the platform accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The platform's number of the message, when it answered with one; `subscribe_msg_sent_event`
    /// repeats it.
    pub msgid: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    touser: &'a str,
    template_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'a str>,
    data: BTreeMap<&'a str, Value>,
    miniprogram_state: MiniProgramState,
    lang: Lang,
}

#[derive(Serialize)]
struct Value {
    value: String,
}

#[derive(Deserialize)]
struct Reply {
    #[serde(default, deserialize_with = "number_or_text")]
    msgid: Option<String>,
}

/// Ids exceed 2^53 and come as a number in one place and as text in another (protocol 0.3).
fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(match value {
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    })
}

impl Client {
    /// Sends a subscribe message, using up one of the user's grants.
    ///
    /// Success means accepted, not delivered. Repeated only when the platform certainly did not
    /// accept the message: "busy" (-1), concurrent sends (43108), or no connection. After a timeout
    /// the caller must assume that the message may have gone out.
    ///
    /// # Errors
    /// [`Refusal::TemplateValue`] when a value breaks its rule and cannot be cut; 43101 (no grant)
    /// and 40003 with reaction `Drop`; 47003 with the offending key; transport failures.
    pub async fn send_subscribe_message(
        &self,
        message: &SubscribeMessage,
    ) -> Result<Sent, WechatError> {
        if message.data.is_empty() {
            return Err(Refusal::Empty("data").into());
        }
        let mut data = BTreeMap::new();
        for (key, value) in &message.data {
            let value = fit(key, value)
                .map_err(|fault| Refusal::TemplateValue { key: key.clone(), fault })?;
            data.insert(key.as_str(), Value { value });
        }
        let body = Body {
            touser: message.touser.as_str(),
            template_id: &message.template_id,
            page: message.page.as_deref(),
            data,
            miniprogram_state: message.state,
            lang: message.lang,
        };
        let call = Call::post(paths::SUBSCRIBE_SEND, &body)?;
        let repeat = Repeat::Unprocessed { at_most: u32::MAX };
        let reply: Reply = self.send(&call, repeat).await?;
        Ok(Sent { msgid: reply.msgid })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn msgid_is_read_from_a_number_beyond_2_to_53_and_from_text() {
        let read = |text: &str| serde_json::from_str::<Reply>(text).ok().and_then(|r| r.msgid);
        assert_eq!(
            read(r#"{"msgid":4294967296123456789}"#).as_deref(),
            Some("4294967296123456789")
        );
        assert_eq!(read(r#"{"msgid":"77"}"#).as_deref(), Some("77"));
        assert_eq!(read("{}"), None);
    }

    #[test]
    fn debug_shows_keys_only() {
        let data = [("thing1".to_owned(), "张三的投诉".to_owned())];
        let message = SubscribeMessage {
            page: Some("pages/case?id=7".to_owned()),
            ..SubscribeMessage::new("oPerson".into(), "tmpl", data)
        };
        let shown = format!("{message:?}");
        assert!(shown.contains("thing1"));
        assert!(!shown.contains("张三") && !shown.contains("oPerson") && !shown.contains("id=7"));
    }
}
