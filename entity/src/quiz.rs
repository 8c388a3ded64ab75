//! A set of questions that residents answer, scored by the server.

use sea_orm::entity::prelude::*;

use crate::scope::{Common as _, Scoped};

words! {
    QuizStatus { Draft, Published, Closed }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "quizzes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub status: QuizStatus,
    pub title: String,
    pub description: String,
    /// Per person; none is unlimited.
    pub attempts_allowed: Option<i32>,
    /// Per attempt; none is untimed.
    pub time_limit_secs: Option<i32>,
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
    /// What residents may answer.
    #[must_use]
    pub fn published() -> Scoped<Self> {
        Self::common().filter(Column::Status.eq(QuizStatus::Published))
    }
}
