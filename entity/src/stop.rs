//! A day on which a lab comes to a community, a campus, a township or a hospital.

use sea_orm::entity::prelude::*;

words! {
    StopKind { Community, Campus, Township, Hospital }
}

words! {
    StopStatus { Planned, Cancelled, Done }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "stops")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub lab_id: Uuid,
    pub kind: StopKind,
    pub name: String,
    pub region_code: String,
    /// Public address of the place.
    pub address: String,
    /// Millionths of a degree, GCJ-02; together with `longitude_e6` or not at all.
    pub latitude_e6: Option<i32>,
    pub longitude_e6: Option<i32>,
    /// Asia/Shanghai
    pub held_on: Date,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    pub status: StopStatus,
    /// For the public.
    pub note: String,
    /// Why it was cancelled, as a word for statistics.
    pub cancel_reason_code: Option<String>,
    /// Why it was cancelled, as residents read it.
    pub cancel_reason: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
