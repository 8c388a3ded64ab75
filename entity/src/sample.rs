//! Something handed in for testing, under a number that stands on its label.

use sea_orm::entity::prelude::*;

use crate::lab_capability::ProductClass;

words! {
    /// Where a sample is in its chain of custody.
    SampleStatus { Received, InTesting, Stored, Returned, Destroyed }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "samples")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub booking_id: Uuid,
    pub lab_id: Uuid,
    /// Its place among the samples of the booking, from 1.
    pub position: i32,
    /// What stands on the label; unique in the lab.
    pub number: String,
    pub product_name: String,
    pub product_class: Option<ProductClass>,
    pub brand: Option<String>,
    /// The maker's designation of the type.
    pub model: Option<String>,
    pub batch: Option<String>,
    /// In pieces.
    pub quantity: i32,
    pub status: SampleStatus,
    pub received_at: DateTimeUtc,
    /// The last day for its result, in China.
    pub due_on: Date,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
