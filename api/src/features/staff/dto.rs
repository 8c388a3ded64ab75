use chrono::{DateTime, Utc};
use entity::login_session;
use entity::staff_member::{self, StaffStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::features::roles::GrantView;
use crate::platform::auth::{Grant, Restriction, TokenPair};
use crate::platform::http::text::{one_line, trimmed};

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginStaff {
    #[validate(length(min = 1, max = 64))]
    pub username: String,
    #[validate(length(min = 1, max = 128))]
    pub password: String,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshStaffLogin {
    #[validate(length(min = 1, max = 128))]
    pub refresh_token: String,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PassSecondFactor {
    /// From the first step; lives five minutes and works once.
    #[validate(length(min = 1, max = 128))]
    pub ticket: String,
    /// Six digits of the authenticator, or a recovery code.
    #[validate(length(min = 6, max = 32))]
    pub code: String,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginStaffWithWechat {
    /// From `wx.login`; lives five minutes and works once.
    #[validate(length(min = 1, max = 128))]
    pub code: String,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BindStaffWechat {
    /// From `wx.login`; lives five minutes and works once.
    #[validate(length(min = 1, max = 128))]
    pub code: String,
    /// One's own, once more.
    #[validate(length(min = 1, max = 128))]
    pub password: String,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeStaffPassword {
    #[validate(length(min = 1, max = 128))]
    pub current_password: String,
    /// 12–128 characters: three of lower case, upper case, digits and others, or at least 20. Neither
    /// a name of one's own, nor easy to guess, nor one of the last few.
    #[validate(length(min = 12, max = 128))]
    pub new_password: String,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolSecondFactor {
    /// One's own, once more.
    #[validate(length(min = 1, max = 128))]
    pub password: String,
    /// Of the authenticator that is to be replaced, or a recovery code; for the first one absent.
    #[validate(length(min = 6, max = 32))]
    pub code: Option<String>,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmSecondFactor {
    /// Six digits of the new authenticator.
    #[validate(length(min = 6, max = 32))]
    pub code: String,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProveBothFactors {
    /// One's own, once more.
    #[validate(length(min = 1, max = 128))]
    pub password: String,
    /// Six digits of the authenticator, or a recovery code.
    #[validate(length(min = 6, max = 32))]
    pub code: String,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateStaffMember {
    /// 3–32 lower-case letters, digits, `.`, `-` or `_`.
    #[validate(length(min = 3, max = 32), custom(function = "super::model::username"))]
    pub username: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 40), custom(function = "one_line"))]
    pub display_name: String,
    #[validate(length(min = 12, max = 128))]
    pub password: String,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetStaffStatus {
    pub status: StaffStatus,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StaffView {
    pub id: Uuid,
    pub username: String,
    pub display_name: String,
    pub status: StaffStatus,
    pub grants: Vec<GrantView>,
    pub last_login_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StaffMeView {
    #[serde(flatten)]
    pub member: StaffView,
    /// Names of the permissions that the grants add up to.
    pub permissions: Vec<&'static str>,
    /// What has to be done before anything else; until then most operations answer 403.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_action: Option<Restriction>,
    /// Absent where passwords do not age.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_expires_at: Option<DateTime<Utc>>,
    /// Whether an authenticator is set up.
    pub has_second_factor: bool,
    pub recovery_codes_left: u64,
    /// Whether one may log in through WeChat.
    pub has_wechat: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StaffLoginView {
    #[serde(flatten)]
    pub tokens: TokenPair,
    pub staff: StaffView,
    /// What has to be done before anything else; until then most operations answer 403.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_action: Option<Restriction>,
}

/// Either one is logged in, or a code is still to come.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum StaffLoginReply {
    LoggedIn(Box<StaffLoginView>),
    SecondFactor(StaffLoginChallenge),
}

/// The first step was right.
#[derive(Serialize, ToSchema)]
pub struct StaffLoginChallenge {
    pub second_factor: SecondFactorChallenge,
}

#[derive(Serialize, ToSchema)]
pub struct SecondFactorChallenge {
    /// Send it with the code to `/staff/auth/second-factor`. It opens nothing else.
    pub ticket: String,
    /// Seconds until the ticket expires.
    pub expires_in: u32,
}

/// Shown once.
#[derive(Serialize, ToSchema)]
pub struct EnrolmentView {
    /// Base32, for who types it.
    pub secret: String,
    /// For a QR code.
    #[schema(example = "otpauth://totp/sanjin:wang?secret=…&issuer=sanjin")]
    pub otpauth_uri: String,
    /// Seconds in which the first code has to come.
    pub expires_in: u32,
}

/// Every session has ended; this one goes on with these tokens.
#[derive(Serialize, ToSchema)]
pub struct ConfirmedFactorView {
    #[serde(flatten)]
    pub tokens: TokenPair,
    /// Shown once; each works once.
    pub recovery_codes: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub struct RecoveryCodesView {
    /// Shown once; each works once. Those of before are void.
    pub recovery_codes: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub struct TemporaryPasswordView {
    /// Shown once; has to be changed at the next log-in.
    pub password: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StaffSessionView {
    pub id: Uuid,
    pub is_current: bool,
    pub created_at: DateTime<Utc>,
    /// To the minute.
    pub last_seen_at: Option<DateTime<Utc>>,
    pub expires_at: DateTime<Utc>,
    /// Kind of program and system.
    #[schema(example = "WeChat, iPhone")]
    pub device: Option<String>,
    /// The network it came from, not the address.
    #[schema(example = "203.0.113.0/24")]
    pub network: Option<String>,
}

impl StaffSessionView {
    pub fn of(session: login_session::Model, current: Uuid) -> Self {
        Self {
            id: session.id,
            is_current: session.id == current,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
            device: session.device,
            network: session.network,
        }
    }
}

impl StaffView {
    pub fn of(member: staff_member::Model, grants: &[Grant]) -> Self {
        Self {
            id: member.id,
            username: member.username,
            display_name: member.display_name,
            status: member.status,
            grants: grants.iter().map(GrantView::from).collect(),
            last_login_at: member.last_login_at,
            created_at: member.created_at,
        }
    }
}
