//! One link in the chain of custody: who took a sample where. Never changed, never deleted.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sample_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub sample_id: Uuid,
    /// The sample's version after it; the order of the chain.
    pub seq: i32,
    pub from_status: Option<super::sample::SampleStatus>,
    pub to_status: super::sample::SampleStatus,
    pub staff_id: Uuid,
    /// Room, shelf or counter.
    pub place: Option<String>,
    pub at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
