use chrono::{DateTime, Utc};
use entity::account::Audience;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::platform::auth::TokenPair;
use crate::platform::http::text::present;

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginWithWechat {
    /// From `wx.login`; lives five minutes and works once.
    #[validate(length(min = 1, max = 128))]
    pub code: String,
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
    #[schema(value_type = Option<String>, example = "110101001")]
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
    pub audience: Option<Audience>,
    pub region_code: Option<String>,
    /// Masked.
    #[schema(example = "138****8000")]
    pub phone: Option<String>,
    pub created_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LoginView {
    #[serde(flatten)]
    pub tokens: TokenPair,
    pub account: AccountView,
}
