use chrono::{DateTime, NaiveDate, Utc};
use entity::booking::BookingStatus;
use entity::booking_event;
use entity::slot::{self, SlotStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::{BookingAction, Case, allowed_actions, fhir_appointment, fhir_slot};
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
    pub confirm_by: Option<DateTime<Utc>>,
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
    /// Its state in FHIR's words, `Appointment.status`.
    pub fhir_appointment: &'static str,
    /// What it makes of its place, `Slot.status`; none while one waits for a place.
    pub fhir_slot: Option<&'static str>,
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
    pub fn of(case: &Case<'_>) -> Self {
        let (booking, slot) = (case.booking.clone(), case.slot);
        Self {
            allowed_actions: allowed_actions(case),
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

impl BookingDetail {
    pub fn of(case: &Case<'_>, timeline: Vec<booking_event::Model>) -> Self {
        Self {
            booking: BookingView::of(case),
            fhir_appointment: fhir_appointment(case.booking.status),
            fhir_slot: fhir_slot(case.booking.status),
            timeline: timeline.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<booking_event::Model> for BookingEventView {
    fn from(row: booking_event::Model) -> Self {
        Self { at: row.at, status: row.to_status, reason: row.reason }
    }
}
