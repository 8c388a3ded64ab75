//! One question of a quiz.

use sea_orm::entity::prelude::*;

words! {
    ItemKind { Single, Multiple, TrueFalse }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quiz_items")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub quiz_id: Uuid,
    pub position: i32,
    pub kind: ItemKind,
    pub stem: String,
    /// Shown after the attempt is closed.
    pub explanation: String,
    pub points: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
