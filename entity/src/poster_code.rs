//! A code on a poster, in a place, that leads to an article.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "poster_codes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Short, readable, not enumerable.
    #[sea_orm(unique)]
    pub code: String,
    pub article_id: Uuid,
    /// Where the poster hangs or how it is handed out.
    pub label: String,
    pub region_code: Option<String>,
    pub created_by: Uuid,
    pub created_at: DateTimeUtc,
    /// From then on it still leads to the article and is not counted any more.
    pub closed_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
