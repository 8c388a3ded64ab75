//! The door: a day's list, and what is told by a scanner that was without network.

use chrono::{DateTime, NaiveDate, Utc};
use entity::booking::BookingStatus;
use entity::check_in_scan::ScanOutcome;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::views::BookingView;
use crate::paged_filter;
use crate::platform::db::PageQuery;
use crate::platform::http::text::{one_line, trimmed, trimmed_option};

paged_filter! {
    VisitFilter {
        /// A day in China; today when absent.
        on: NaiveDate,
        lab_id: Uuid,
        /// An outreach stop.
        stop_id: Uuid,
        status: BookingStatus,
    }
}

/// Somebody who is expected, or was.
#[derive(Serialize, ToSchema)]
pub struct VisitView {
    #[serde(flatten)]
    pub booking: BookingView,
    /// Of a sample that comes by courier.
    pub parcel_number: Option<String>,
    pub sample_number: Option<String>,
    pub checked_in_at: Option<DateTime<Utc>>,
    pub checked_in_place: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CheckInListFilter {
    pub lab_id: Uuid,
    /// An outreach stop.
    pub stop_id: Option<Uuid>,
    /// A day in China; today when absent, and at most three days ahead.
    pub on: Option<NaiveDate>,
    /// `next_cursor` of the page before; opaque.
    pub cursor: Option<String>,
    /// 1–100, 20 when absent.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
}

impl CheckInListFilter {
    pub fn page(&self) -> PageQuery {
        PageQuery { cursor: self.cursor.clone(), limit: self.limit }
    }
}

/// What a scanner needs for a day without network. To be kept as a key is kept: who has it can
/// deceive this lab on this day.
#[derive(Serialize, ToSchema)]
pub struct CheckInList {
    pub lab_id: Uuid,
    pub on: NaiveDate,
    /// Each 32 bytes in hexadecimal. A code `v1.{booking}.{exp}.{hmac}` is ours when `hmac` is
    /// HMAC-SHA-256 of what stands before it under one of them.
    pub keys: Vec<String>,
    pub items: Vec<ExpectedVisitor>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct ExpectedVisitor {
    pub booking_id: Uuid,
    pub public_code: String,
    pub status: BookingStatus,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub units: i32,
    pub product_name: String,
    /// Masked; none for the account's owner.
    pub beneficiary: Option<String>,
    /// 16 bytes in hexadecimal.
    pub pin_salt: Option<String>,
    /// HMAC-SHA-256 under the salt of `{booking}.{pin}`, in hexadecimal.
    pub pin_hash: Option<String>,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncCheckIns {
    pub lab_id: Uuid,
    /// What the lab calls the scanner.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 40), custom(function = "one_line"))]
    pub device: String,
    #[validate(length(min = 1, max = 500), nested)]
    pub scans: Vec<OfflineScan>,
}

/// Either `code`, or `booking_id` with the `pin` that was right by the list.
#[derive(Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfflineScan {
    /// Made by the scanner, once for each scan: it may be told again.
    pub scan_id: Uuid,
    /// What was scanned.
    #[validate(length(max = 200))]
    #[schema(max_length = 200)]
    pub code: Option<String>,
    pub booking_id: Option<Uuid>,
    #[validate(length(equal = 6))]
    #[schema(min_length = 6, max_length = 6)]
    pub pin: Option<String>,
    /// By the clock of the scanner.
    pub scanned_at: DateTime<Utc>,
    /// Which door or table.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 40), custom(function = "one_line"))]
    pub place: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ScanReports {
    /// In the order of the request.
    pub outcomes: Vec<ScanReport>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ScanReport {
    pub scan_id: Uuid,
    pub outcome: ScanOutcome,
    /// Of a booking of the lab.
    pub booking_id: Option<Uuid>,
    /// When, where and before whom its visitor came in, by this scan or another.
    pub checked_in_at: Option<DateTime<Utc>>,
    pub checked_in_place: Option<String>,
    pub checked_in_by: Option<Uuid>,
}

/// Who of a group did not come.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAttendance {
    /// Places on the list, from 1. All others came.
    #[validate(length(max = 500))]
    pub absent: Vec<i32>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoNoShow {
    /// How the lab knows that they came.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 200), custom(function = "one_line"))]
    pub reason: String,
}
