//! A time at which a lab serves a number of people. The counters are the truth about capacity:
//! `held + booked <= capacity`, checked by the database.

use sea_orm::entity::prelude::*;

words! {
    SlotStatus { Open, Closed }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "slots")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub lab_id: Uuid,
    pub service_id: Uuid,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    /// Asia/Shanghai
    pub starts_on: Date,
    pub capacity: i32,
    /// Places of requests that wait for the lab.
    pub held: i32,
    /// Places the lab confirmed.
    pub booked: i32,
    pub status: SlotStatus,
    pub created_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
