//! Text content check (Tencent: `msgSecCheck` version 2; protocol 2.8).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::client::error::{Refusal, WechatError};
use crate::client::retry::Repeat;
use crate::client::transport::Call;
use crate::client::{Client, paths};
use crate::secret::OpenId;

/// Characters of `content` the platform takes in one call.
pub const TEXT_LIMIT: usize = 2500;

/// Where the text will appear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextScene {
    /// Profile.
    Profile,
    /// Comment.
    Comment,
    /// Forum.
    Forum,
    /// Social log.
    SocialLog,
}

impl TextScene {
    /// The platform's number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Profile => 1,
            Self::Comment => 2,
            Self::Forum => 3,
            Self::SocialLog => 4,
        }
    }
}

/// A text to check.
#[derive(Clone, PartialEq, Eq)]
pub struct TextCheck {
    /// The author, who must have used the mini-program within the last two hours.
    pub openid: OpenId,
    /// Where the text will appear.
    pub scene: TextScene,
    /// The text, at most [`TEXT_LIMIT`] characters; the caller splits longer ones.
    pub content: String,
    /// Its title, if any.
    pub title: Option<String>,
    /// The author's nickname, if it is to be checked too.
    pub nickname: Option<String>,
    /// The author's signature line; only in [`TextScene::Profile`].
    pub signature: Option<String>,
}

impl TextCheck {
    /// A check of `content` alone.
    pub fn new(openid: OpenId, scene: TextScene, content: impl Into<String>) -> Self {
        let content = content.into();
        Self { openid, scene, content, title: None, nickname: None, signature: None }
    }
}

impl fmt::Debug for TextCheck {
    /// What a citizen wrote has no place in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextCheck")
            .field("scene", &self.scene)
            .field("chars", &self.content.chars().count())
            .finish_non_exhaustive()
    }
}

/// What to do with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Suggest {
    /// Publish it.
    Pass,
    /// Reject it.
    Risky,
    /// Hold it for a person. Also what an answer unknown to this library means, since it must not
    /// be published.
    #[serde(other)]
    Review,
}

/// Why a text was not passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "i64")]
#[non_exhaustive]
pub enum Label {
    /// Nothing found.
    Normal,
    /// Advertising.
    Advertising,
    /// Politics.
    Politics,
    /// Pornography.
    Porn,
    /// Abuse.
    Abuse,
    /// Crime.
    Crime,
    /// Fraud.
    Fraud,
    /// Vulgarity.
    Vulgar,
    /// Copyright.
    Copyright,
    /// Anything else, with the platform's number (21000 is its own "other").
    Other(i64),
}

impl From<i64> for Label {
    fn from(code: i64) -> Self {
        match code {
            100 => Self::Normal,
            10001 => Self::Advertising,
            20001 => Self::Politics,
            20002 => Self::Porn,
            20003 => Self::Abuse,
            20006 => Self::Crime,
            20008 => Self::Fraud,
            20012 => Self::Vulgar,
            20013 => Self::Copyright,
            other => Self::Other(other),
        }
    }
}

impl Label {
    /// The platform's number.
    pub const fn code(self) -> i64 {
        match self {
            Self::Normal => 100,
            Self::Advertising => 10001,
            Self::Politics => 20001,
            Self::Porn => 20002,
            Self::Abuse => 20003,
            Self::Crime => 20006,
            Self::Fraud => 20008,
            Self::Vulgar => 20012,
            Self::Copyright => 20013,
            Self::Other(code) => code,
        }
    }
}

/// The platform's judgement of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextVerdict {
    /// What to do with it.
    pub suggest: Suggest,
    /// Why.
    pub label: Label,
    /// The platform's number of this check, for questions to Tencent.
    pub trace_id: String,
}

#[derive(Serialize)]
struct Body<'a> {
    version: u8,
    openid: &'a str,
    scene: u8,
    content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<&'a str>,
}

#[derive(Deserialize)]
struct Reply {
    trace_id: String,
    result: ReplyResult,
}

#[derive(Deserialize)]
struct ReplyResult {
    suggest: Suggest,
    label: Label,
}

impl Client {
    /// Has the platform judge a text before it is published.
    ///
    /// # Errors
    /// [`Refusal::TooLong`] beyond [`TEXT_LIMIT`] characters; 61010 (user not active within two
    /// hours) with reaction `Drop`: fall back to manual review; rate limits; transport failures
    /// after the retries.
    pub async fn check_text(&self, check: &TextCheck) -> Result<TextVerdict, WechatError> {
        let chars = check.content.chars().count();
        if check.content.trim().is_empty() {
            return Err(Refusal::Empty("content").into());
        }
        if chars > TEXT_LIMIT {
            return Err(Refusal::TooLong { field: "content", chars, limit: TEXT_LIMIT }.into());
        }
        if check.signature.is_some() && check.scene != TextScene::Profile {
            return Err(Refusal::SignatureOutsideProfile.into());
        }
        let body = Body {
            version: 2,
            openid: check.openid.as_str(),
            scene: check.scene.code(),
            content: &check.content,
            title: check.title.as_deref(),
            nickname: check.nickname.as_deref(),
            signature: check.signature.as_deref(),
        };
        let call = Call::post(paths::CHECK_TEXT, &body)?;
        let reply: Reply = self.send(&call, Repeat::Idempotent).await?;
        let ReplyResult { suggest, label } = reply.result;
        Ok(TextVerdict { suggest, label, trace_id: reply.trace_id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_round_trip() {
        for code in [100, 10001, 20001, 20002, 20003, 20006, 20008, 20012, 20013, 21000, 5] {
            assert_eq!(Label::from(code).code(), code);
        }
    }

    #[test]
    fn an_unknown_suggestion_is_held_for_review() {
        let read = |text: &str| serde_json::from_str::<Suggest>(text).ok();
        assert_eq!(read("\"pass\""), Some(Suggest::Pass));
        assert_eq!(read("\"risky\""), Some(Suggest::Risky));
        assert_eq!(read("\"review\""), Some(Suggest::Review));
        assert_eq!(read("\"new-word\""), Some(Suggest::Review));
    }
}
