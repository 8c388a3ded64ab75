use chrono::{DateTime, Utc};
use entity::faq::{ActiveModel, Column, Entity, FaqStatus, Model};
use entity::lab_capability::ProductClass;
use entity::question::{self, QuestionStatus};
use entity::scope::Common as _;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

pub async fn published_faqs(
    conn: &impl ConnectionTrait,
    class: Option<ProductClass>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut rows = Entity::published();
    if let Some(class) = class {
        rows = rows.filter(Column::ProductClass.eq(class));
    }
    let key = (Column::PublishedAt, Column::Id);
    page_of(rows, key, Direction::Descending, cursor, limit).all(conn).await
}

pub async fn staff_faqs(
    conn: &impl ConnectionTrait,
    status: Option<FaqStatus>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut rows = Entity::common();
    if let Some(status) = status {
        rows = rows.filter(Column::Status.eq(status));
    }
    let key = (Column::PublishedAt, Column::Id);
    page_of(rows, key, Direction::Descending, cursor, limit).all(conn).await
}

pub async fn faq(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(conn).await
}

/// What everybody reads of a question, if anything.
pub async fn faq_of(conn: &impl ConnectionTrait, question: Uuid) -> Result<Option<Uuid>, DbErr> {
    Entity::published()
        .filter(Column::QuestionId.eq(question))
        .into_select()
        .select_only()
        .column(Column::Id)
        .into_tuple()
        .one(conn)
        .await
}

/// Up to `limit` that are published, by id from `after` on, locked.
pub async fn next_published(
    conn: &impl ConnectionTrait,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let rows = Entity::published().filter(Column::Id.gt(after.unwrap_or_default()));
    let rows = rows.lock_exclusive().into_select();
    rows.order_by_asc(Column::Id).limit(limit).all(conn).await
}

pub async fn insert_faq(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<Model, DbErr> {
    Entity::insert(row).exec_with_returning(conn).await
}

/// Changes an entry that is published, from the version that was seen.
pub async fn change_faq(
    conn: &impl ConnectionTrait,
    id: Uuid,
    version: i32,
    changes: ActiveModel,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .set(changes)
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id))
        .filter(Column::Version.eq(version))
        .filter(Column::Status.eq(FaqStatus::Published))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// A question whose entry was taken back. One that is with the expert again stays there.
pub async fn withdraw_question(
    conn: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    use question::Column;

    question::Entity::update_many()
        .col_expr(Column::Status, Expr::value(QuestionStatus::Withdrawn))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(QuestionStatus::Published))
        .exec(conn)
        .await
        .map(|_| ())
}
