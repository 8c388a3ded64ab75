//! What happened to an article: who wrote, reviewed and published which revision, and when. Only added to.

use sea_orm::entity::prelude::*;

words! {
    ArticleStep {
        Written,
        Submitted,
        Recalled,
        ChangesRequested,
        Approved,
        Scheduled,
        ScheduleCancelled,
        ScheduleFailed,
        Published,
        Corrected,
        Unpublished,
        Expired,
        Withdrawn,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article_steps")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub article_id: Uuid,
    pub revision_id: Uuid,
    pub revision_number: i32,
    pub step: ArticleStep,
    /// Whose right it was; none for the system alone.
    pub staff_id: Option<Uuid>,
    /// Public for a correction and a withdrawal.
    pub note: Option<String>,
    pub at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
