//! A review of one revision. At most one of an article is running.

use sea_orm::entity::prelude::*;

words! {
    /// `cancelled`: taken back, or the text was changed meanwhile.
    ArticleReviewStatus { Running, Approved, ChangesRequested, Cancelled }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article_reviews")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub article_id: Uuid,
    pub revision_id: Uuid,
    pub status: ArticleReviewStatus,
    /// Of the article when it was handed in: reviews of one article are in this order.
    pub version: i32,
    pub submitted_by: Uuid,
    pub submitted_at: DateTimeUtc,
    /// How many finds of personal data the submitter said are meant.
    pub acknowledged: i32,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<DateTimeUtc>,
    pub note: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
