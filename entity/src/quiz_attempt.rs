//! One person answering one quiz once. The paper (items, order, masked options, key) is frozen at
//! the start, so that later edits of the quiz touch nobody who is answering.

use sea_orm::entity::prelude::*;

words! {
    AttemptStatus { InProgress, Submitted, Expired }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quiz_attempts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub quiz_id: Uuid,
    pub account_id: Uuid,
    pub attempt_no: i32,
    pub status: AttemptStatus,
    /// The frozen paper with its key; only `quizzes::model::Paper` reads it.
    pub paper: Json,
    pub points: Option<i32>,
    pub max_points: i32,
    pub started_at: DateTimeUtc,
    pub deadline_at: Option<DateTimeUtc>,
    pub submitted_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
