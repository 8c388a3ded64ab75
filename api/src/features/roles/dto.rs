use chrono::{DateTime, Utc};
use entity::role::{self, Duty, Reach};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::platform::auth::{Grant, StaffPermissionInfo};
use crate::platform::http::text::{one_line, trimmed};

/// A role and where it holds.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantInput {
    /// The role's code.
    #[validate(length(min = 1, max = 32))]
    #[schema(example = "case_handler")]
    pub role: String,
    /// `country`, `region:<code>`, `lab:<id>` or `point:<id>`.
    #[validate(length(min = 1, max = 64))]
    #[schema(example = "region:1101")]
    pub scope: String,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRole {
    /// 3–32 lower-case letters, digits and `_`; never changes.
    #[validate(length(min = 3, max = 32), custom(function = "super::model::code"))]
    #[schema(example = "city_case_handler")]
    pub code: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 40), custom(function = "one_line"))]
    pub name: String,
    pub duty: Duty,
    pub reach: Reach,
    /// Names from the list of permissions.
    #[validate(length(max = 100))]
    pub permissions: Vec<String>,
}

/// Replaces the name and the permissions; code, duty and reach stay.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRole {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 40), custom(function = "one_line"))]
    pub name: String,
    #[validate(length(max = 100))]
    pub permissions: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PermissionView {
    #[schema(example = "complaint.decide")]
    pub name: &'static str,
    /// What it allows.
    pub label: &'static str,
    /// The duties whose roles may hold it.
    pub duties: &'static [Duty],
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RoleView {
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub duty: Duty,
    pub reach: Reach,
    /// Brought by the service; cannot be changed.
    pub is_built_in: bool,
    pub permissions: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// The `ETag` of an edit.
    pub version: i32,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GrantView {
    pub id: Uuid,
    /// The role's code.
    pub role: String,
    #[schema(example = "region:1101")]
    pub scope: String,
}

impl From<&StaffPermissionInfo> for PermissionView {
    fn from(info: &StaffPermissionInfo) -> Self {
        Self { name: info.name, label: info.label, duties: info.duties }
    }
}

impl From<&Grant> for GrantView {
    fn from(grant: &Grant) -> Self {
        Self { id: grant.id, role: grant.role.clone(), scope: grant.scope.to_string() }
    }
}

impl RoleView {
    pub fn of(row: role::Model, permissions: Vec<String>) -> Self {
        let role::Model {
            id,
            code,
            name,
            duty,
            reach,
            is_built_in,
            created_at,
            updated_at,
            version,
        } = row;
        Self {
            id,
            code,
            name,
            duty,
            reach,
            is_built_in,
            permissions,
            created_at,
            updated_at,
            version,
        }
    }
}
