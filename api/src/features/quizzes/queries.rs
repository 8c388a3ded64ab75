use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::quiz::{ActiveModel, Column, Entity, Model, QuizStatus};
use entity::scope::{Common as _, Owned as _};
use entity::{attempt_answer, quiz_attempt, quiz_item, quiz_option};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::Value;
use uuid::Uuid;

use super::model::Mark;
use crate::platform::db::{Cursor, Direction, page_of};

pub async fn published_page(
    conn: &impl ConnectionTrait,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let key = (Column::PublishedAt, Column::Id);
    page_of(Entity::published(), key, Direction::Descending, cursor, limit).all(conn).await
}

pub async fn published(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::published().filter(Column::Id.eq(id)).one(conn).await
}

pub async fn staff_page(
    conn: &impl ConnectionTrait,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let key = (Column::CreatedAt, Column::Id);
    page_of(Entity::common(), key, Direction::Descending, cursor, limit).all(conn).await
}

pub async fn by_id(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(conn).await
}

pub async fn insert(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<(), DbErr> {
    Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// Replaces head data of a draft of exactly this version.
pub async fn update_draft(
    conn: &impl ConnectionTrait,
    id: Uuid,
    version: i32,
    row: &super::dto::WriteQuiz,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::Title, Expr::value(row.title.as_str()))
        .col_expr(Column::Description, Expr::value(row.description.as_str()))
        .col_expr(Column::AttemptsAllowed, Expr::value(row.attempts_allowed))
        .col_expr(Column::TimeLimitSecs, Expr::value(row.time_limit_secs))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::Version.eq(version))
        .filter(Column::Status.eq(QuizStatus::Draft))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

pub async fn update_status(
    conn: &impl ConnectionTrait,
    quiz: &Model,
    status: QuizStatus,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::PublishedAt, Expr::value(quiz.published_at.unwrap_or(now)))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(quiz.id))
        .filter(Column::Version.eq(quiz.version))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// The questions in their order, each with its options: two queries whatever their number.
pub async fn items(
    conn: &impl ConnectionTrait,
    quiz_id: Uuid,
) -> Result<Vec<(quiz_item::Model, Vec<quiz_option::Model>)>, DbErr> {
    let items = quiz_item::Entity::find()
        .filter(quiz_item::Column::QuizId.eq(quiz_id))
        .order_by_asc(quiz_item::Column::Position)
        .all(conn)
        .await?;
    let rows = quiz_option::Entity::find()
        .filter(quiz_option::Column::ItemId.is_in(items.iter().map(|item| item.id)))
        .order_by_asc(quiz_option::Column::Position)
        .all(conn)
        .await?;
    let mut options: HashMap<Uuid, Vec<quiz_option::Model>> = HashMap::new();
    for row in rows {
        options.entry(row.item_id).or_default().push(row);
    }
    Ok(items
        .into_iter()
        .map(|item| {
            let own = options.remove(&item.id).unwrap_or_default();
            (item, own)
        })
        .collect())
}

pub async fn replace_items(
    conn: &impl ConnectionTrait,
    quiz_id: Uuid,
    items: Vec<quiz_item::ActiveModel>,
    options: Vec<quiz_option::ActiveModel>,
) -> Result<(), DbErr> {
    let of_quiz = quiz_item::Entity::find()
        .select_only()
        .column(quiz_item::Column::Id)
        .filter(quiz_item::Column::QuizId.eq(quiz_id));
    quiz_option::Entity::delete_many()
        .filter(quiz_option::Column::ItemId.in_subquery(sea_orm::QueryTrait::into_query(of_quiz)))
        .exec(conn)
        .await?;
    quiz_item::Entity::delete_many()
        .filter(quiz_item::Column::QuizId.eq(quiz_id))
        .exec(conn)
        .await?;
    quiz_item::Entity::insert_many(items).exec_without_returning(conn).await?;
    quiz_option::Entity::insert_many(options).exec_without_returning(conn).await?;
    Ok(())
}

/// A person's attempts at a quiz, last first: the open one and the highest number.
pub async fn last_attempt(
    conn: &impl ConnectionTrait,
    quiz_id: Uuid,
    account_id: Uuid,
) -> Result<Option<quiz_attempt::Model>, DbErr> {
    quiz_attempt::Entity::owned_by(account_id)
        .filter(quiz_attempt::Column::QuizId.eq(quiz_id))
        .into_select()
        .order_by_desc(quiz_attempt::Column::AttemptNo)
        .one(conn)
        .await
}

pub async fn insert_attempt(
    conn: &impl ConnectionTrait,
    row: quiz_attempt::ActiveModel,
) -> Result<quiz_attempt::Model, DbErr> {
    quiz_attempt::Entity::insert(row).exec_with_returning(conn).await
}

pub async fn attempt(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    id: Uuid,
) -> Result<Option<quiz_attempt::Model>, DbErr> {
    quiz_attempt::Entity::owned_by(account_id)
        .filter(quiz_attempt::Column::Id.eq(id))
        .one(conn)
        .await
}

/// The attempts of two accounts, locked until the end of the transaction, always in the same order.
pub async fn locked_attempts_of(
    conn: &impl ConnectionTrait,
    accounts: [Uuid; 2],
) -> Result<Vec<quiz_attempt::Model>, DbErr> {
    quiz_attempt::Entity::find()
        .filter(quiz_attempt::Column::AccountId.is_in(accounts))
        .order_by_asc(quiz_attempt::Column::Id)
        .lock_exclusive()
        .all(conn)
        .await
}

/// Numbers attempts from one in the order given. By way of negative numbers, because a number can be
/// taken until the other one has moved.
pub async fn renumber_attempts(conn: &impl ConnectionTrait, ids: &[Uuid]) -> Result<(), DbErr> {
    use quiz_attempt::Column;

    for (number, id) in (1_i32..).zip(ids) {
        quiz_attempt::Entity::update_many()
            .col_expr(Column::AttemptNo, Expr::value(-number))
            .filter(Column::Id.eq(*id))
            .exec(conn)
            .await?;
    }
    quiz_attempt::Entity::update_many()
        .col_expr(Column::AttemptNo, Expr::col(Column::AttemptNo).mul(-1))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .exec(conn)
        .await
        .map(|_| ())
}

/// As [`attempt`], locked until the end of the transaction: answering and closing take turns.
pub async fn locked_attempt(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    id: Uuid,
) -> Result<Option<quiz_attempt::Model>, DbErr> {
    quiz_attempt::Entity::owned_by(account_id)
        .filter(quiz_attempt::Column::Id.eq(id))
        .lock_exclusive()
        .one(conn)
        .await
}

pub async fn answers(
    conn: &impl ConnectionTrait,
    attempt_id: Uuid,
) -> Result<Vec<attempt_answer::Model>, DbErr> {
    attempt_answer::Entity::find()
        .filter(attempt_answer::Column::AttemptId.eq(attempt_id))
        .all(conn)
        .await
}

/// Stores an answer unless a newer one is there. Returns whether it was stored.
pub async fn upsert_answer(
    conn: &impl ConnectionTrait,
    row: attempt_answer::ActiveModel,
    seq: i32,
) -> Result<bool, DbErr> {
    use attempt_answer::Column;

    let newer_wins = OnConflict::columns([Column::AttemptId, Column::ItemId])
        .update_columns([Column::Choices, Column::Seq, Column::AnsweredAt])
        .action_and_where(Expr::col((attempt_answer::Entity, Column::Seq)).lt(seq))
        .to_owned();
    let stored = attempt_answer::Entity::insert(row)
        .on_conflict(newer_wins)
        .exec_without_returning(conn)
        .await?;
    Ok(stored > 0)
}

pub async fn close_attempt(
    conn: &impl ConnectionTrait,
    id: Uuid,
    status: quiz_attempt::AttemptStatus,
    points: i32,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    quiz_attempt::Entity::update_many()
        .col_expr(quiz_attempt::Column::Status, Expr::value(status))
        .col_expr(quiz_attempt::Column::Points, Expr::value(points))
        .col_expr(quiz_attempt::Column::SubmittedAt, Expr::value(now))
        .filter(quiz_attempt::Column::Id.eq(id))
        .filter(quiz_attempt::Column::Status.eq(quiz_attempt::AttemptStatus::InProgress))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Writes the marks of the answered items, right ones and wrong ones each in one statement a
/// number of points.
pub async fn mark_answers(
    conn: &impl ConnectionTrait,
    attempt_id: Uuid,
    marks: &[Mark],
) -> Result<(), DbErr> {
    use attempt_answer::Column;

    let mut groups: HashMap<(bool, i32), Vec<Uuid>> = HashMap::new();
    for mark in marks {
        groups.entry((mark.is_correct, mark.points)).or_default().push(mark.item_id);
    }
    for ((is_correct, points), items) in groups {
        attempt_answer::Entity::update_many()
            .col_expr(Column::IsCorrect, Expr::value(is_correct))
            .col_expr(Column::Points, Expr::value(points))
            .filter(Column::AttemptId.eq(attempt_id))
            .filter(Column::ItemId.is_in(items))
            .exec(conn)
            .await?;
    }
    Ok(())
}

/// The paper as it is stored.
pub fn paper_json(paper: &super::model::Paper) -> Result<Value, DbErr> {
    serde_json::to_value(paper).map_err(|cause| DbErr::Json(cause.to_string()))
}
