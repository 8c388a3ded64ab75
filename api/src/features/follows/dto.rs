use chrono::{DateTime, Utc};
use entity::follow::{FollowKind, Model};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::platform::http::text::{one_line, trimmed};

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateFollow {
    pub kind: FollowKind,
    /// The word of a class of products, the name of a brand, or the code of a region.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 40), custom(function = "one_line"))]
    #[schema(example = "household_appliances", max_length = 40)]
    pub value: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FollowView {
    pub id: Uuid,
    pub kind: FollowKind,
    pub value: String,
    pub created_at: DateTime<Utc>,
}

impl From<Model> for FollowView {
    fn from(row: Model) -> Self {
        Self { id: row.id, kind: row.kind, value: row.value, created_at: row.created_at }
    }
}
