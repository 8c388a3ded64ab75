//! A word of a group of synonyms. A word is in one group.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_synonym_words")]
pub struct Model {
    /// In one spelling.
    #[sea_orm(primary_key, auto_increment = false)]
    pub plain: String,
    pub synonym_id: Uuid,
    pub position: i32,
    /// As it was written.
    pub word: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
