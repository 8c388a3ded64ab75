use chrono::{DateTime, Utc};
use entity::account::{AccountStatus, Audience};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::platform::auth::{Standing, TokenPair};
use crate::platform::consent::GiveConsents;
use crate::platform::http::text::{phone, present};

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

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshLogin {
    #[validate(length(min = 1, max = 128))]
    pub refresh_token: String,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
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

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BindPhone {
    /// From the phone button's event, not the login code.
    #[validate(length(min = 1, max = 128))]
    pub code: String,
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
