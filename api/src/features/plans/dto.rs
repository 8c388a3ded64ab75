use chrono::{DateTime, NaiveDate, Utc};
use entity::plan::{self, OnStranded, PlanStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::Rule;
use crate::features::appointments::{PlannedSlot, StrandedBooking};
use crate::paged_filter;
use crate::platform::db::Page;
use crate::platform::http::text::{one_line, trimmed, trimmed_option};

paged_filter! {
    PlanFilter {
        lab_id: Uuid,
        service_id: Uuid,
        status: PlanStatus,
    }
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePlan {
    pub service_id: Uuid,
    /// For the lab's own people.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 60), custom(function = "one_line"))]
    #[schema(example = "周二、周四免费检测")]
    pub title: String,
    #[validate(nested)]
    pub rule: Rule,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewPlan {
    pub service_id: Uuid,
    #[validate(nested)]
    pub rule: Rule,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewPlanChange {
    pub status: PlanStatus,
    #[validate(nested)]
    pub rule: Rule,
}

fn keep() -> OnStranded {
    OnStranded::Keep
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePlan {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 60), custom(function = "one_line"))]
    pub title: String,
    pub status: PlanStatus,
    #[validate(nested)]
    pub rule: Rule,
    /// What becomes of bookings whose slot the plan no longer has.
    #[serde(default = "keep")]
    pub on_stranded: OnStranded,
    /// Shown to their owners; required unless they are kept.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(min = 2, max = 150), custom(function = "one_line"))]
    pub reason: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PlanView {
    pub id: Uuid,
    pub lab_id: Uuid,
    pub service_id: Uuid,
    pub title: String,
    pub status: PlanStatus,
    pub rule: Rule,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
    /// The last change.
    pub change: Option<PlanChangeView>,
}

/// How far a change got.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanChangeView {
    /// Until it is not, the plan cannot be changed again.
    pub is_running: bool,
    pub on_stranded: OnStranded,
    pub reason: Option<String>,
    /// Slots that lay ahead, and how many of them are in line with the plan.
    pub slots_total: i32,
    pub slots_done: i32,
    pub bookings_moved: i32,
    pub bookings_cancelled: i32,
    /// Still in slots that the plan no longer has.
    pub bookings_kept: i32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PlannedSlotView {
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub starts_on: NaiveDate,
    /// Not to be booked before.
    pub released_at: Option<DateTime<Utc>>,
    pub closes_at: Option<DateTime<Utc>>,
    /// The service has a slot at this time already, which stays as it is.
    pub is_taken: bool,
}

/// What a plan would give now.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanPreview {
    pub slots_total: usize,
    /// The first of them.
    pub slots: Vec<PlannedSlotView>,
}

/// What a change would do now.
#[derive(Serialize, ToSchema)]
pub struct PlanChangePreview {
    /// Slots that would be made.
    pub created_total: usize,
    /// The first of them.
    pub created: Vec<PlannedSlotView>,
    /// Slots that the plan would no longer have.
    pub withdrawn_total: usize,
    /// Slots that stay with other particulars, such as their places.
    pub adjusted_total: usize,
    /// Bookings in slots that the plan would no longer have.
    pub stranded_total: u64,
    /// A page of them, the oldest first.
    pub stranded: Page<StrandedBooking>,
}

impl PlannedSlotView {
    pub fn of(slot: &PlannedSlot, is_taken: bool) -> Self {
        Self {
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            starts_on: slot.starts_on,
            released_at: slot.released_at,
            closes_at: slot.closes_at,
            is_taken,
        }
    }
}

impl PlanView {
    pub fn of(row: plan::Model, rule: Rule) -> Self {
        let change = row.on_stranded.map(|on_stranded| PlanChangeView {
            is_running: row.change_step.is_some(),
            on_stranded,
            reason: row.change_reason,
            slots_total: row.slots_total,
            slots_done: row.slots_done,
            bookings_moved: row.bookings_moved,
            bookings_cancelled: row.bookings_cancelled,
            bookings_kept: row.bookings_kept,
        });
        Self {
            id: row.id,
            lab_id: row.lab_id,
            service_id: row.service_id,
            title: row.title,
            status: row.status,
            rule,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
            change,
        }
    }
}
