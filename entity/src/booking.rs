//! A person's place in a slot.

use sea_orm::entity::prelude::*;

words! {
    /// The states a booking can be in.
    BookingStatus { PendingLab, Confirmed, Rejected, CancelledByUser, Expired }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "bookings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub slot_id: Uuid,
    pub lab_id: Uuid,
    pub service_id: Uuid,
    pub status: BookingStatus,
    /// What is to be tested.
    pub product_name: String,
    /// Why it was rejected or cancelled.
    pub reason: Option<String>,
    /// The lab answers before this instant or the place is freed.
    pub confirm_by: DateTimeUtc,
    pub decided_at: Option<DateTimeUtc>,
    pub decided_by: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
