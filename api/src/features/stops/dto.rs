use chrono::{DateTime, NaiveDate, Utc};
use entity::stop::{self, StopKind, StopStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::features::appointments::ReasonCode;
use crate::features::labs::TERMS;
use crate::paged_filter;
use crate::platform::geo::Location;
use crate::platform::http::text::{many_lines, one_line, trimmed};

paged_filter! {
    StopFilter {
        /// Code of a region; stops in it and below.
        #[param(example = "11")]
        region: String,
        kind: StopKind,
        lab_id: Uuid,
        /// A day in China.
        on: NaiveDate,
        /// `latitude,longitude` (GCJ-02): the nearest within 200 km, with their distance, on one page
        /// without a cursor.
        #[param(example = "39.98,116.32", max_length = 40)]
        near: String,
    }
}

paged_filter! {
    StaffStopFilter {
        status: StopStatus,
        kind: StopKind,
        /// A day in China.
        on: NaiveDate,
    }
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateStop {
    /// Who comes.
    pub lab_id: Uuid,
    pub kind: StopKind,
    /// What the place is called.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 80), custom(function = "one_line"))]
    #[schema(example = "北店嘉园社区")]
    pub name: String,
    #[validate(length(max = 9))]
    pub region_code: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 200), custom(function = "one_line"))]
    pub address: String,
    #[validate(nested)]
    pub location: Option<Location>,
    pub starts_at: DateTime<Utc>,
    /// On the same day in China.
    pub ends_at: DateTime<Utc>,
    /// For the public.
    #[serde(default, deserialize_with = "trimmed")]
    #[validate(length(max = 500), custom(function = "many_lines"))]
    pub note: String,
}

/// Everything about a stop but whose it is.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateStop {
    pub kind: StopKind,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 80), custom(function = "one_line"))]
    pub name: String,
    #[validate(length(max = 9))]
    pub region_code: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 200), custom(function = "one_line"))]
    pub address: String,
    #[validate(nested)]
    pub location: Option<Location>,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    #[serde(default, deserialize_with = "trimmed")]
    #[validate(length(max = 500), custom(function = "many_lines"))]
    pub note: String,
}

impl CreateStop {
    /// Whose it is, and the rest.
    pub fn split(self) -> (Uuid, UpdateStop) {
        let Self { lab_id, kind, name, region_code, address, location, starts_at, ends_at, note } =
            self;
        let rest =
            UpdateStop { kind, name, region_code, address, location, starts_at, ends_at, note };
        (lab_id, rest)
    }
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelStop {
    pub reason_code: ReasonCode,
    /// Shown to everybody, and to each resident who booked.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 200), custom(function = "one_line"))]
    pub reason: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StopView {
    pub id: Uuid,
    pub lab_id: Uuid,
    pub kind: StopKind,
    pub name: String,
    pub region_code: String,
    pub address: String,
    pub location: Option<Location>,
    /// As the crow flies; with `near`.
    pub distance_metres: Option<u32>,
    /// A day in China.
    pub held_on: NaiveDate,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub status: StopStatus,
    pub note: String,
    pub cancel_reason: Option<String>,
    /// 免费、自愿
    pub terms: &'static str,
    /// For `If-Match`.
    pub version: i32,
}

impl From<stop::Model> for StopView {
    fn from(row: stop::Model) -> Self {
        Self {
            location: Location::from_e6(row.latitude_e6, row.longitude_e6),
            distance_metres: None,
            id: row.id,
            lab_id: row.lab_id,
            kind: row.kind,
            name: row.name,
            region_code: row.region_code,
            address: row.address,
            held_on: row.held_on,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            status: row.status,
            note: row.note,
            cancel_reason: row.cancel_reason,
            terms: TERMS,
            version: row.version,
        }
    }
}
