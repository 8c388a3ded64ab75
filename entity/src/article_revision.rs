//! A text as somebody saved it. Never changed: the next edit is the next revision.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "article_revisions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub article_id: Uuid,
    /// 1 for the first of its article.
    pub number: i32,
    pub title: String,
    /// Everything that was written.
    pub content: Json,
    /// What was made of it when it was saved, as in `articles`.
    pub body_html: String,
    pub body_text: String,
    pub reading_minutes: i32,
    pub toc: Json,
    pub media: Json,
    pub cover_width: Option<i32>,
    pub cover_height: Option<i32>,
    /// The staff member; none for the system.
    pub author_id: Option<Uuid>,
    pub created_at: DateTimeUtc,
    /// SHA-256 of `content` with its fields in their order.
    pub digest: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
