//! One row per question answered, so that simultaneous answers cannot overwrite each other.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attempt_answers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub attempt_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub item_id: Uuid,
    /// Option masks of the paper.
    pub choices: Json,
    /// Raised by the client; an older tab cannot overwrite a newer answer.
    pub seq: i32,
    pub answered_at: DateTimeUtc,
    /// Set at closing.
    pub is_correct: Option<bool>,
    pub points: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
