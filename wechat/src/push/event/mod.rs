//! What happened (Tencent: "receiving events"; protocol 2.7, 2.8, 3.6).

mod read;

use std::fmt;

use serde::Deserialize;

use crate::client::mini::{Label, Suggest};
use crate::secret::{OpenId, UnionId};

pub(super) use read::LIST_WRAPPERS;

/// An event. Names are compared without regard to case, because both spellings are in circulation.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The user follows the account, perhaps through a parametric code.
    Subscribe {
        /// The code's scene, without its `qrscene_` prefix.
        scene: Option<String>,
        /// The code's ticket.
        ticket: Option<String>,
    },
    /// The user left; Tencent requires that the user's data be deleted. No reply is possible.
    Unsubscribe,
    /// A follower scanned a parametric code.
    Scan {
        /// The code's scene.
        scene: String,
        /// The code's ticket.
        ticket: Option<String>,
    },
    /// Where the user is, reported by the client.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// Metres.
        precision: Option<f64>,
    },
    /// A menu entry was tapped.
    Click {
        /// The entry's key.
        key: String,
    },
    /// A menu link was opened. No reply is possible.
    View {
        /// The link.
        url: String,
        /// The menu.
        menu_id: Option<String>,
    },
    /// A menu entry opened a mini-program.
    ViewMiniProgram {
        /// The page.
        page: String,
        /// The menu.
        menu_id: Option<String>,
    },
    /// A template message arrived or did not.
    TemplateSendJobFinish {
        /// The message.
        msg_id: String,
        /// How it ended.
        status: TemplateStatus,
    },
    /// The user answered a subscription dialogue: one grant per acceptance.
    SubscribePopup(Vec<SubscribeChoice>),
    /// The user withdrew grants in the settings.
    SubscribeChange(Vec<SubscribeChoice>),
    /// Subscribe messages arrived or did not.
    SubscribeSent(Vec<SubscribeReceipt>),
    /// Result of an asynchronous media check.
    MediaCheck {
        /// The check, as answered when it was asked for.
        trace_id: String,
        /// 0, or why there is no verdict; -1008: the platform could not download the file.
        errcode: i64,
        /// The verdict.
        verdict: Option<MediaVerdict>,
    },
    /// The platform finished publishing an article, or refused to.
    PublishJobFinish {
        /// The publishing job.
        publish_id: String,
        /// 0 published, 2 originality failure, 3 failure, 4 rejected by review; see protocol 3.10.
        status: i64,
        /// The article, when published.
        article_id: Option<String>,
    },
    /// The user opened a mini-program's customer-service chat.
    EnterTempSession {
        /// `session-from` of the button.
        session_from: Option<String>,
    },
    /// The user changed what the account may know: refresh or erase the stored profile.
    Authorization {
        /// What changed.
        change: AuthorizationChange,
        /// The user.
        openid: Option<OpenId>,
        /// The person.
        unionid: Option<UnionId>,
        /// What was revoked, as the platform puts it.
        revoke_info: Option<String>,
    },
    /// Tencent's own test tool.
    DebugDemo,
    /// An event this library does not know, or a known one that lacks its fields: see
    /// [`Incoming::fields`](super::Incoming::fields).
    Other {
        /// `Event` as it came.
        name: String,
    },
}

/// How a template message ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateStatus {
    /// It arrived.
    Success,
    /// The user blocks the account.
    UserBlocked,
    /// The platform failed.
    Failed,
}

/// A user's answer about one template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscribeChoice {
    /// The template.
    pub template_id: String,
    /// Accepted (`accept`) or refused (anything else).
    pub is_accepted: bool,
    /// Where the dialogue was shown.
    pub popup_scene: Option<String>,
}

/// The delivery of one subscribe message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscribeReceipt {
    /// The template.
    pub template_id: String,
    /// The message.
    pub msg_id: String,
    /// 0 when it arrived.
    pub error_code: i64,
    /// The platform's word for the error.
    pub error_status: Option<String>,
}

/// The platform's judgement of a picture or recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct MediaVerdict {
    /// What to do with it.
    pub suggest: Suggest,
    /// Why.
    pub label: Label,
}

/// What changed in a user's authorisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorizationChange {
    /// The profile was modified (`user_info_modified`).
    Modified,
    /// Permissions were revoked (`user_authorization_revoke`).
    Revoked,
    /// The user closed the account (`user_authorization_cancellation`).
    Cancelled,
}

impl fmt::Debug for Event {
    /// The name only: keys and URLs may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Event").field(&self.name()).finish()
    }
}

impl Event {
    /// The platform's name of the event, in its usual spelling.
    pub fn name(&self) -> &str {
        match self {
            Self::Subscribe { .. } => "subscribe",
            Self::Unsubscribe => "unsubscribe",
            Self::Scan { .. } => "SCAN",
            Self::Location { .. } => "LOCATION",
            Self::Click { .. } => "CLICK",
            Self::View { .. } => "VIEW",
            Self::ViewMiniProgram { .. } => "view_miniprogram",
            Self::TemplateSendJobFinish { .. } => "TEMPLATESENDJOBFINISH",
            Self::SubscribePopup(_) => "subscribe_msg_popup_event",
            Self::SubscribeChange(_) => "subscribe_msg_change_event",
            Self::SubscribeSent(_) => "subscribe_msg_sent_event",
            Self::MediaCheck { .. } => "wxa_media_check",
            Self::PublishJobFinish { .. } => "PUBLISHJOBFINISH",
            Self::EnterTempSession { .. } => "user_enter_tempsession",
            Self::Authorization { change, .. } => match change {
                AuthorizationChange::Modified => "user_info_modified",
                AuthorizationChange::Revoked => "user_authorization_revoke",
                AuthorizationChange::Cancelled => "user_authorization_cancellation",
            },
            Self::DebugDemo => "debug_demo",
            Self::Other { name } => name,
        }
    }
}
