//! Favourites and the reading history.

use chrono::{DateTime, Utc};
use entity::scope::Owned as _;
use entity::{article_favourite, article_reading, reader_setting};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

pub async fn favourite_page(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<article_favourite::Model>, DbErr> {
    use article_favourite::{Column, Entity};

    let key = (Column::CreatedAt, Column::Id);
    page_of(Entity::owned_by(account_id), key, Direction::Descending, cursor, limit).all(conn).await
}

pub async fn is_favourite(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    article_id: Uuid,
) -> Result<bool, DbErr> {
    let own = article_favourite::Entity::owned_by(account_id);
    let found = own.filter(article_favourite::Column::ArticleId.eq(article_id)).one(conn).await?;
    Ok(found.is_some())
}

pub async fn count_favourites(conn: &impl ConnectionTrait, account_id: Uuid) -> Result<u64, DbErr> {
    article_favourite::Entity::find()
        .filter(article_favourite::Column::AccountId.eq(account_id))
        .count(conn)
        .await
}

pub async fn insert_favourite(
    conn: &impl ConnectionTrait,
    row: article_favourite::ActiveModel,
) -> Result<(), DbErr> {
    article_favourite::Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

pub async fn delete_favourite(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    article_id: Uuid,
) -> Result<(), DbErr> {
    article_favourite::Entity::delete_many()
        .filter(article_favourite::Column::AccountId.eq(account_id))
        .filter(article_favourite::Column::ArticleId.eq(article_id))
        .exec(conn)
        .await
        .map(|_| ())
}

/// What somebody said of their history; none when they said nothing.
pub async fn history_wish(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
) -> Result<Option<bool>, DbErr> {
    let row = reader_setting::Entity::find_by_id(account_id).one(conn).await?;
    Ok(row.map(|row| row.keeps_history))
}

pub async fn put_settings(
    conn: &impl ConnectionTrait,
    row: reader_setting::ActiveModel,
) -> Result<(), DbErr> {
    use reader_setting::Column;

    let again = OnConflict::column(Column::AccountId)
        .update_columns([Column::KeepsHistory, Column::UpdatedAt])
        .to_owned();
    let insert = reader_setting::Entity::insert(row).on_conflict(again);
    insert.exec_without_returning(conn).await.map(|_| ())
}

pub async fn reading_page(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<article_reading::Model>, DbErr> {
    use article_reading::{Column, Entity};

    let key = (Column::ReadAt, Column::Id);
    page_of(Entity::owned_by(account_id), key, Direction::Descending, cursor, limit).all(conn).await
}

/// One line for each article: what was read last counts.
pub async fn put_reading(
    conn: &impl ConnectionTrait,
    row: article_reading::ActiveModel,
) -> Result<(), DbErr> {
    use article_reading::Column;

    let again = OnConflict::columns([Column::AccountId, Column::ArticleId])
        .update_columns([Column::Progress, Column::ReadAt])
        .to_owned();
    let insert = article_reading::Entity::insert(row).on_conflict(again);
    insert.exec_without_returning(conn).await.map(|_| ())
}

/// One line of a history, or without `article_id` the whole.
pub async fn delete_readings(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    article_id: Option<Uuid>,
) -> Result<(), DbErr> {
    let mut delete = article_reading::Entity::delete_many()
        .filter(article_reading::Column::AccountId.eq(account_id));
    if let Some(id) = article_id {
        delete = delete.filter(article_reading::Column::ArticleId.eq(id));
    }
    delete.exec(conn).await.map(|_| ())
}

/// Deletes at most `limit` lines that were read before `before`. Returns how many.
pub async fn prune_readings(
    conn: &impl ConnectionTrait,
    before: DateTime<Utc>,
    limit: u64,
) -> Result<u64, DbErr> {
    use article_reading::{Column, Entity};

    let oldest = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::ReadAt.lt(before))
        .order_by_asc(Column::ReadAt)
        .limit(limit)
        .into_query();
    let done = Entity::delete_many()
        .filter(Column::Id.in_subquery(oldest))
        // Who reads on meanwhile keeps the line.
        .filter(Column::ReadAt.lt(before))
        .exec(conn)
        .await?;
    Ok(done.rows_affected)
}
