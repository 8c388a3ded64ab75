use chrono::{DateTime, Utc};
use entity::account::{AccountStatus, Audience};
use entity::account_conflict::{self, ConflictDecision, ConflictKind};
use entity::login_session::{self, LoginDoor};
use entity::real_name::RealNamePurpose;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::id_number;
use crate::paged_filter;
use crate::platform::auth::{Standing, TokenPair};
use crate::platform::consent::GiveConsents;
use crate::platform::http::text::{one_line, phone, present, trimmed};

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginWithWechat {
    /// From `wx.login`; lives five minutes and works once.
    #[validate(length(min = 1, max = 128))]
    pub code: String,
    /// What was ticked beside the log-in button. Not recorded for a child, whose guardian decides.
    #[validate(nested)]
    pub consents: Option<GiveConsents>,
}

/// What WeChat asks the user for.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum H5Scope {
    /// Silently, who they are on this account.
    Base,
    /// With their consent, who they are across our mini-program and pages.
    Userinfo,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuthorizeH5 {
    /// `base` when absent.
    pub scope: Option<H5Scope>,
    /// Path of the H5 client to go to after the log-in; `/` when absent.
    #[param(max_length = 256, example = "/h5/#/pages/quiz/index")]
    pub return_to: Option<String>,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginWithWechatH5 {
    /// From the query that WeChat sent the browser back with; lives five minutes and works once.
    #[validate(length(min = 1, max = 128))]
    pub code: String,
    /// From the same query; good for one try.
    #[validate(length(min = 1, max = 128))]
    pub state: String,
    /// What was ticked beside the log-in button. Not recorded for a child, whose guardian decides.
    #[validate(nested)]
    pub consents: Option<GiveConsents>,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshLogin {
    #[validate(length(min = 1, max = 128))]
    pub refresh_token: String,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMe {
    /// Absent: unchanged. Null: cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Audience>)]
    pub audience: Option<Option<Audience>>,
    /// Absent: unchanged. Null: cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "110101001", max_length = 9)]
    pub region_code: Option<Option<String>>,
}

/// Of students and teachers.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameSchool {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 60), custom(function = "one_line"))]
    #[schema(example = "某某实验小学")]
    pub name: String,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BindPhone {
    /// From the phone button's event, not the login code.
    #[validate(length(min = 1, max = 128))]
    pub code: String,
}

/// `encryptedData` and `iv` of the phone button's event, both base64.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WechatData {
    #[validate(length(min = 1, max = 4096))]
    pub encrypted_data: String,
    #[validate(length(min = 1, max = 64))]
    pub iv: String,
}

/// Kept encrypted, shown whole only to whoever handles a case of this purpose.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveRealName {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 40), custom(function = "one_line"))]
    pub name: String,
    /// Eighteen characters (GB 11643).
    #[serde(deserialize_with = "trimmed")]
    #[validate(custom(function = "id_number"))]
    #[schema(example = "11010519491231002X")]
    pub id_number: String,
    pub purpose: RealNamePurpose,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AccountView {
    pub id: Uuid,
    /// `closing`: only the operations of `me.privacy` are left, until it is cancelled.
    pub status: AccountStatus,
    /// What the account may do follows from it.
    pub standing: Standing,
    /// The declared age has run out: until it is declared anew the account is a child's.
    pub is_age_review_due: bool,
    pub audience: Option<Audience>,
    pub region_code: Option<String>,
    pub school_name: Option<String>,
    /// Masked.
    #[schema(example = "138****8000")]
    pub phone: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// Why somebody has to find a person by their phone.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LookUpReason {
    /// The person asked for something that is theirs by the PIPL, such as access or deletion.
    SubjectRequest,
    CaseHandling,
    SecurityIncident,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindAccounts {
    #[validate(length(max = 20), custom(function = "phone"))]
    pub phone: String,
    pub reason: LookUpReason,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FoundAccountView {
    pub id: Uuid,
    pub status: AccountStatus,
    /// Masked.
    #[schema(example = "138****8000")]
    pub phone: String,
    pub created_at: DateTime<Utc>,
}

/// Nearly always none or one.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundAccounts {
    #[schema(max_items = 20)]
    pub items: Vec<FoundAccountView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LoginView {
    #[serde(flatten)]
    pub tokens: TokenPair,
    pub account: AccountView,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct H5LoginView {
    #[serde(flatten)]
    pub login: LoginView,
    /// As it was asked for; a path of the H5 client.
    pub return_to: String,
}

/// A device on which one is logged in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    pub id: Uuid,
    /// Absent for sessions from before doors were told apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub door: Option<LoginDoor>,
    pub created_at: DateTime<Utc>,
    /// To the length of an access token.
    pub last_used_at: DateTime<Utc>,
    /// Kind of program and system.
    #[schema(example = "WeChat, iPhone")]
    pub device: Option<String>,
    /// The network it came from, not the address.
    #[schema(example = "203.0.113.0/24")]
    pub network: Option<String>,
    /// The one that asks.
    pub is_current: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct EndedSessions {
    pub ended: usize,
}

#[derive(Serialize, ToSchema)]
pub struct RealNameView {
    /// Masked.
    #[schema(example = "王**")]
    pub name: String,
    /// Masked.
    #[schema(example = "1****************X")]
    pub id_number: String,
    pub purpose: RealNamePurpose,
    pub given_at: DateTime<Utc>,
}

paged_filter! {
    AccountConflictFilter {
        /// Those that nobody has decided, or the others.
        is_open: bool,
    }
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideAccountConflict {
    pub decision: ConflictDecision,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AccountConflictView {
    pub id: Uuid,
    pub kind: ConflictKind,
    pub account_id: Uuid,
    pub seen_count: i32,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub decision: Option<ConflictDecision>,
    pub decided_at: Option<DateTime<Utc>>,
}

impl SessionView {
    pub fn of(row: login_session::Model, current: Uuid) -> Self {
        Self {
            id: row.id,
            door: row.door,
            created_at: row.created_at,
            last_used_at: row.last_refreshed_at,
            device: row.device,
            network: row.network,
            is_current: row.id == current,
        }
    }
}

impl From<account_conflict::Model> for AccountConflictView {
    fn from(row: account_conflict::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            account_id: row.account_id,
            seen_count: row.seen_count,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            decision: row.decision,
            decided_at: row.decided_at,
        }
    }
}
