//! How often the code of a poster was followed, by day, without by whom.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "poster_hits")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub poster_id: Uuid,
    /// Day in China.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hit_on: Date,
    pub hits: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
