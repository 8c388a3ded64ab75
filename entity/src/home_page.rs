//! What editors put on a home page. One row a page, so that editors take turns by its version.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "home_pages")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// Ids of articles, in their order.
    pub banners: Json,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
