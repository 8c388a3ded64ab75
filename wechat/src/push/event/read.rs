//! From the members of a push to an [`Event`].

use serde::Deserialize;
use serde_json::Value;

use super::{
    AuthorizationChange, Event, MediaVerdict, SubscribeChoice, SubscribeReceipt, TemplateStatus,
};
use crate::client::mini::{Label, Suggest};
use crate::push::Fields;
use crate::secret::{OpenId, UnionId};

/// Elements that hold the `List` of subscribe events in XML; in JSON it stands at the top.
pub(in crate::push) const LIST_WRAPPERS: [&str; 3] =
    ["SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent"];

impl Event {
    pub(in crate::push) fn read(name: &str, fields: &Fields) -> Self {
        Self::read_known(&name.to_ascii_lowercase(), fields)
            .unwrap_or_else(|| Self::Other { name: name.to_owned() })
    }

    fn read_known(name: &str, fields: &Fields) -> Option<Self> {
        let key = || fields.text("EventKey");
        Some(match name {
            "subscribe" => Self::Subscribe {
                scene: key().map(|key| key.strip_prefix("qrscene_").unwrap_or(&key).to_owned()),
                ticket: fields.text("Ticket"),
            },
            "unsubscribe" => Self::Unsubscribe,
            "scan" => Self::Scan { scene: key()?, ticket: fields.text("Ticket") },
            "location" => Self::Location {
                latitude: fields.decimal("Latitude")?,
                longitude: fields.decimal("Longitude")?,
                precision: fields.decimal("Precision"),
            },
            "click" => Self::Click { key: key()? },
            "view" => Self::View { url: key()?, menu_id: fields.text("MenuId") },
            "view_miniprogram" => {
                Self::ViewMiniProgram { page: key()?, menu_id: fields.text("MenuId") }
            }
            "templatesendjobfinish" => Self::TemplateSendJobFinish {
                msg_id: fields.text("MsgID").or_else(|| fields.text("MsgId"))?,
                status: template_status(&fields.text("Status")?),
            },
            "subscribe_msg_popup_event" => Self::SubscribePopup(choices(fields)?),
            "subscribe_msg_change_event" => Self::SubscribeChange(choices(fields)?),
            "subscribe_msg_sent_event" => Self::SubscribeSent(receipts(fields)?),
            "wxa_media_check" => Self::MediaCheck {
                trace_id: fields.text("trace_id")?,
                errcode: fields.integer("errcode").unwrap_or(0),
                verdict: fields.get("result").and_then(media_verdict),
            },
            "publishjobfinish" | "freepublishjobfinish" => {
                let info = fields.child("PublishEventInfo")?;
                Self::PublishJobFinish {
                    publish_id: info.text("publish_id")?,
                    status: info.integer("publish_status")?,
                    article_id: info.text("article_id"),
                }
            }
            "user_enter_tempsession" => {
                Self::EnterTempSession { session_from: fields.text("SessionFrom") }
            }
            "user_info_modified" => authorization(AuthorizationChange::Modified, fields),
            "user_authorization_revoke" => authorization(AuthorizationChange::Revoked, fields),
            "user_authorization_cancellation" => {
                authorization(AuthorizationChange::Cancelled, fields)
            }
            "debug_demo" => Self::DebugDemo,
            _ => return None,
        })
    }
}

fn authorization(change: AuthorizationChange, fields: &Fields) -> Event {
    Event::Authorization {
        change,
        openid: fields.text("OpenID").map(OpenId::from),
        unionid: fields.text("UnionID").map(UnionId::from),
        revoke_info: fields.text("RevokeInfo"),
    }
}

fn template_status(text: &str) -> TemplateStatus {
    // The spelling varies: "failed:user block", "failed: system failed".
    match text.to_ascii_lowercase() {
        text if text == "success" => TemplateStatus::Success,
        text if text.contains("user block") => TemplateStatus::UserBlocked,
        _ => TemplateStatus::Failed,
    }
}

/// The items of a subscribe event, within their wrapper or at the top; `None` when there are none.
fn items<T>(fields: &Fields, read: impl Fn(&Fields) -> Option<T>) -> Option<Vec<T>> {
    let mut lists = fields.children("List");
    for wrapper in LIST_WRAPPERS {
        if let Some(wrapper) = fields.child(wrapper) {
            lists.extend(wrapper.children("List"));
        }
    }
    let items: Option<Vec<T>> = lists.iter().map(read).collect();
    items.filter(|items| !items.is_empty())
}

fn choices(fields: &Fields) -> Option<Vec<SubscribeChoice>> {
    items(fields, |item| {
        Some(SubscribeChoice {
            template_id: item.text("TemplateId")?,
            is_accepted: item.text("SubscribeStatusString")?.eq_ignore_ascii_case("accept"),
            popup_scene: item.text("PopupScene"),
        })
    })
}

fn receipts(fields: &Fields) -> Option<Vec<SubscribeReceipt>> {
    items(fields, |item| {
        Some(SubscribeReceipt {
            template_id: item.text("TemplateId")?,
            msg_id: item.text("MsgID").or_else(|| item.text("MsgId"))?,
            error_code: item.integer("ErrorCode")?,
            error_status: item.text("ErrorStatus"),
        })
    })
}

/// In XML the label is text.
fn media_verdict(value: &Value) -> Option<MediaVerdict> {
    let suggest = Suggest::deserialize(value.get("suggest")?).ok()?;
    let label = match value.get("label")? {
        Value::String(text) => text.parse().ok()?,
        other => other.as_i64()?,
    };
    Some(MediaVerdict { suggest, label: Label::from(label) })
}
