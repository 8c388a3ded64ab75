//! A text that editors publish: knowledge, a notice, a warning.

use sea_orm::entity::prelude::*;

use crate::scope::{Common as _, Scoped};

words! {
    ArticleStatus { Draft, Published, Withdrawn }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "articles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub status: ArticleStatus,
    pub title: String,
    pub summary: String,
    /// What the editor wrote.
    pub body_markdown: String,
    /// Rendered and sanitised at write time.
    pub body_html: String,
    pub category_code: String,
    /// The id of the cover among the media files.
    pub cover_key: Option<String>,
    pub cover_alt: Option<String>,
    /// The authority that issued the document.
    pub issuer: Option<String>,
    /// 文号
    pub document_number: Option<String>,
    pub issued_on: Option<Date>,
    /// Identity of an imported text, so that a second import updates it.
    #[sea_orm(unique)]
    pub import_key: Option<String>,
    /// The staff member; none for an import.
    pub author_id: Option<Uuid>,
    pub published_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// What the public may see.
    #[must_use]
    pub fn published() -> Scoped<Self> {
        Self::common().filter(Column::Status.eq(ArticleStatus::Published))
    }
}
