use chrono::{DateTime, NaiveDate, Utc};
use entity::booking::BookingStatus;
use entity::booking_export::{self, ExportStatus};
use entity::calendar_feed;
use entity::lab_capability::ProductClass;
use entity::lab_service::ServiceKind;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{CountBy, CountSamplesBy};
use crate::paged_filter;
use crate::platform::http::text::{one_line, trimmed};

paged_filter! {
    ServiceLevelFilter {
        /// `2026-11`; this month when absent.
        #[param(max_length = 7, example = "2026-11")]
        month: String,
        /// A region and all below it.
        #[param(max_length = 9)]
        region: String,
        lab_id: Uuid,
    }
}

/// How fast a lab answered and delivered. Times are seconds, percentiles are nearest ranks.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceLevelView {
    pub lab_id: Uuid,
    pub lab_name: String,
    pub region_code: String,
    pub confirmation: ConfirmationLevel,
    pub result: ResultLevel,
}

/// Of what was asked for in the month.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ConfirmationLevel {
    pub requests: i64,
    /// Confirmed or rejected.
    pub answered: i64,
    pub answered_in_time: i64,
    /// Of all that were answered or expired, in thousandths.
    pub in_time_per_mille: Option<i64>,
    /// Nobody answered.
    pub expired: i64,
    pub median_secs: Option<i64>,
    pub p90_secs: Option<i64>,
}

/// Of who came in the month.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ResultLevel {
    pub visits: i64,
    pub delivered: i64,
    /// Not there on the day it was due, whether or not it came later.
    pub late: i64,
    pub median_secs: Option<i64>,
    pub p90_secs: Option<i64>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StatisticsQuery {
    /// The first day of visits, in China.
    pub from: NaiveDate,
    /// The last day; at most a year.
    pub to: NaiveDate,
    /// `lab` when absent.
    pub by: Option<CountBy>,
    /// A region and all below it.
    #[param(max_length = 9)]
    pub region: Option<String>,
    pub lab_id: Option<Uuid>,
    pub kind: Option<ServiceKind>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BookingStatistics {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub by: CountBy,
    /// At most 500.
    pub groups: Vec<StatisticsGroup>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StatisticsGroup {
    /// Of a lab, a stop or a service.
    pub id: Option<Uuid>,
    /// Of a region, or the kind of service.
    pub code: Option<String>,
    pub name: Option<String>,
    pub bookings: i64,
    pub units: i64,
    /// Bookings whose visitors came.
    pub came: i64,
    /// Their units, without those of a group who did not come.
    pub units_served: i64,
    pub no_shows: i64,
    /// Of those who should have come, in thousandths.
    pub no_show_per_mille: Option<i64>,
    pub states: Vec<StateCount>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StateCount {
    pub status: BookingStatus,
    pub bookings: i64,
    pub units: i64,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SampleStatisticsQuery {
    /// The first day of visits, in China.
    pub from: NaiveDate,
    /// The last day; at most a year.
    pub to: NaiveDate,
    /// `product_class` when absent.
    pub by: Option<CountSamplesBy>,
    /// A region and all below it.
    #[param(max_length = 9)]
    pub region: Option<String>,
    pub lab_id: Option<Uuid>,
    pub kind: Option<ServiceKind>,
    pub product_class: Option<ProductClass>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SampleStatistics {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub by: CountSamplesBy,
    /// At most 500.
    pub groups: Vec<SampleGroup>,
}

/// A sample counts once, by the worst that the report says which holds now.
#[derive(Debug, Serialize, ToSchema)]
pub struct SampleGroup {
    /// Of a lab, a stop or a service.
    pub id: Option<Uuid>,
    /// Of a region, the kind of service, or the class of products.
    pub code: Option<String>,
    pub name: Option<String>,
    pub samples: i64,
    /// Those on which a report holds.
    pub tested: i64,
    /// Every item that was judged passed, and one was.
    pub passed: i64,
    /// An item failed.
    pub failed: i64,
    /// An item failed that endangers people; they are among the failed.
    pub unsafe_samples: i64,
    /// No item was judged.
    pub not_judged: i64,
    /// Failed of those judged, in thousandths.
    pub failed_per_mille: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBookingExport {
    /// The first day of visits, in China.
    pub from: NaiveDate,
    /// The last day; at most a year.
    pub to: NaiveDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lab_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<BookingStatus>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BookingExportView {
    pub id: Uuid,
    pub status: ExportStatus,
    pub rows: i64,
    pub bytes: i64,
    /// Of the file, in hexadecimal digits.
    pub sha256: Option<String>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    pub expires_at: DateTime<Utc>,
    /// Where the file can be fetched until `expires_at`.
    pub file_path: Option<String>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCalendarFeed {
    pub lab_id: Uuid,
    /// Who subscribes.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 40), custom(function = "one_line"))]
    #[schema(example = "前台电脑")]
    pub label: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarFeedView {
    pub id: Uuid,
    pub lab_id: Uuid,
    pub label: String,
    pub created_by: Uuid,
    pub created_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A feed with its address, which is shown this once.
#[derive(Serialize, ToSchema)]
pub struct NewCalendarFeed {
    #[serde(flatten)]
    pub feed: CalendarFeedView,
    /// Below the API's origin. Whoever has it can read.
    #[schema(example = "/api/v1/calendars/….ics")]
    pub secret: String,
}

impl BookingExportView {
    pub fn of(row: booking_export::Model, now: DateTime<Utc>) -> Self {
        let is_there = row.status == ExportStatus::Ready && now < row.expires_at;
        Self {
            file_path: is_there.then(|| format!("/api/v1/staff/exports/{}/file", row.id)),
            id: row.id,
            status: row.status,
            rows: row.rows,
            bytes: row.bytes,
            sha256: row.sha256.map(hex::encode),
            created_at: row.created_at,
            finished_at: row.finished_at,
            expires_at: row.expires_at,
        }
    }
}

impl From<calendar_feed::Model> for CalendarFeedView {
    fn from(row: calendar_feed::Model) -> Self {
        Self {
            id: row.id,
            lab_id: row.lab_id,
            label: row.label,
            created_by: row.created_by,
            created_at: row.created_at,
            revoked_at: row.revoked_at,
        }
    }
}
