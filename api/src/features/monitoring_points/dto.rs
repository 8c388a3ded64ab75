use chrono::{DateTime, Utc};
use entity::monitoring_point::{self, PointKind, PointStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::paged_filter;
use crate::platform::http::text::{one_line, trimmed};

paged_filter! {
    PointFilter {
        kind: PointKind,
        status: PointStatus,
    }
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateMonitoringPoint {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 80), custom(function = "one_line"))]
    pub name: String,
    pub kind: PointKind,
    #[validate(length(max = 9))]
    pub region_code: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 200), custom(function = "one_line"))]
    pub address: String,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetMonitoringPointStatus {
    pub status: PointStatus,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MonitoringPointView {
    pub id: Uuid,
    pub name: String,
    pub kind: PointKind,
    pub region_code: String,
    pub address: String,
    pub status: PointStatus,
    pub created_at: DateTime<Utc>,
}

impl From<monitoring_point::Model> for MonitoringPointView {
    fn from(row: monitoring_point::Model) -> Self {
        let monitoring_point::Model {
            id,
            name,
            kind,
            region_code,
            address,
            status,
            created_at,
            ..
        } = row;
        Self { id, name, kind, region_code, address, status, created_at }
    }
}
