use chrono::{DateTime, NaiveDate, Utc};
use entity::booking::{self, BookingStatus};
use entity::booking_event;
use entity::slot::{self, SlotStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::{BookingAction, allowed_actions};
use crate::paged_filter;
use crate::platform::http::text::{one_line, trimmed, trimmed_option};

paged_filter! {
    SlotFilter {
        lab_id: Uuid,
        service_id: Uuid,
        /// A day in China.
        on: NaiveDate,
    }
}

paged_filter! {
    LabBookingFilter {
        status: BookingStatus,
    }
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBooking {
    pub slot_id: Uuid,
    /// What is to be tested.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 60), custom(function = "one_line"))]
    #[schema(example = "儿童安全座椅")]
    pub product_name: String,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelBooking {
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 200), custom(function = "one_line"))]
    pub reason: Option<String>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectBooking {
    /// Shown to the resident.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 200), custom(function = "one_line"))]
    pub reason: String,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSlot {
    pub service_id: Uuid,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    #[validate(range(min = 1, max = 10_000))]
    pub capacity: i32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SlotView {
    pub id: Uuid,
    pub lab_id: Uuid,
    pub service_id: Uuid,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub starts_on: NaiveDate,
    pub capacity: i32,
    /// Places that can be booked now.
    pub available: i32,
    pub status: SlotStatus,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BookingView {
    pub id: Uuid,
    pub status: BookingStatus,
    pub slot: SlotBrief,
    pub product_name: String,
    /// Why it was rejected or cancelled.
    pub reason: Option<String>,
    /// The lab answers before this instant or the place is freed.
    pub confirm_by: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub version: i32,
    /// What the one who asks may do with it now.
    pub allowed_actions: Vec<BookingAction>,
}

/// A booking with everything that happened to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct BookingDetail {
    #[serde(flatten)]
    pub booking: BookingView,
    pub timeline: Vec<BookingEventView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BookingEventView {
    pub at: DateTime<Utc>,
    pub status: BookingStatus,
    pub reason: Option<String>,
}

/// The time and place of a booking.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotBrief {
    pub id: Uuid,
    pub lab_id: Uuid,
    pub service_id: Uuid,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
}

impl From<slot::Model> for SlotView {
    fn from(row: slot::Model) -> Self {
        Self {
            id: row.id,
            lab_id: row.lab_id,
            service_id: row.service_id,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            starts_on: row.starts_on,
            capacity: row.capacity,
            available: (row.capacity - row.held - row.booked).max(0),
            status: row.status,
        }
    }
}

impl BookingView {
    pub fn of(
        booking: booking::Model,
        slot: &slot::Model,
        who: super::model::Party,
        now: DateTime<Utc>,
        cutoff: chrono::TimeDelta,
    ) -> Self {
        Self {
            allowed_actions: allowed_actions(who, booking.status, slot.starts_at, now, cutoff),
            id: booking.id,
            status: booking.status,
            slot: SlotBrief {
                id: slot.id,
                lab_id: slot.lab_id,
                service_id: slot.service_id,
                starts_at: slot.starts_at,
                ends_at: slot.ends_at,
            },
            product_name: booking.product_name,
            reason: booking.reason,
            confirm_by: booking.confirm_by,
            decided_at: booking.decided_at,
            created_at: booking.created_at,
            version: booking.version,
        }
    }
}

impl From<booking_event::Model> for BookingEventView {
    fn from(row: booking_event::Model) -> Self {
        Self { at: row.at, status: row.to_status, reason: row.reason }
    }
}
