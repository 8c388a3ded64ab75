use chrono::{DateTime, Utc};
use entity::booking::BookingStatus;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::views::BeneficiaryView;

/// A booking whose slot a changed plan would no longer have, as the desk sees it.
#[derive(Serialize, ToSchema)]
pub struct StrandedBooking {
    pub id: Uuid,
    pub public_code: String,
    pub status: BookingStatus,
    pub units: i32,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    /// Whom it is for, masked, if not the account's owner.
    pub beneficiary: Option<BeneficiaryView>,
}
