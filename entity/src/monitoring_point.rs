//! A place that reports product risks: a school, a hospital, a community.

use sea_orm::entity::prelude::*;

words! {
    PointKind { School, Hospital, Community, Township, Market, Enterprise }
}

words! {
    PointStatus { Active, Closed }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "monitoring_points")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub kind: PointKind,
    pub region_code: String,
    /// Public address of the place.
    pub address: String,
    pub status: PointStatus,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
