//! Whether a resident found an article useful: one word and no text.

use sea_orm::entity::prelude::*;

words! {
    /// Why an article was not useful.
    VoteReason { Unclear, Outdated, TooLong, OffTopic, NotTrusted }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article_votes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub article_id: Uuid,
    /// None: of somebody who has left.
    pub account_id: Option<Uuid>,
    pub is_useful: bool,
    pub reason: Option<VoteReason>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
