//! A slot whose places are drawn in a lottery.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lottery_slots")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub lottery_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub slot_id: Uuid,
    /// How many there were to be drawn, since the draw.
    pub places: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
