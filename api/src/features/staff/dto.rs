use chrono::{DateTime, Utc};
use entity::staff_member::{self, StaffStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::features::roles::GrantView;
use crate::platform::auth::{Grant, TokenPair};
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
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StaffLoginView {
    #[serde(flatten)]
    pub tokens: TokenPair,
    pub staff: StaffView,
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
