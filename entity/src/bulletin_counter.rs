//! Counters that public changes of bulletins share: the numbers of a kind and year, and the instant
//! of the last change. Its row is held until the commit, so what it gives grows in the order of commits.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulletin_counters")]
pub struct Model {
    /// `recall:2026`, `changed_at`
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub value: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
