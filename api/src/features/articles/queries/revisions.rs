use entity::article_revision::{Column, Entity, Model};
use entity::scope::Common as _;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel as _,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

pub async fn add_revision(conn: &impl ConnectionTrait, row: Model) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// The number of the next revision; the article is locked, so it stays free.
pub async fn next_number(conn: &impl ConnectionTrait, article_id: Uuid) -> Result<i32, DbErr> {
    let last: Option<i32> = Entity::find()
        .select_only()
        .column(Column::Number)
        .filter(Column::ArticleId.eq(article_id))
        .order_by_desc(Column::Number)
        .into_tuple()
        .one(conn)
        .await?;
    Ok(last.unwrap_or(0) + 1)
}

pub async fn revision(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(conn).await
}

/// What an article shows and what it may show next; one where they are the same.
pub async fn live_and_latest(
    conn: &impl ConnectionTrait,
    ids: [Option<Uuid>; 2],
) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::Id.is_in(ids.into_iter().flatten())).all(conn).await
}

pub async fn revision_numbered(
    conn: &impl ConnectionTrait,
    article_id: Uuid,
    number: i32,
) -> Result<Option<Model>, DbErr> {
    let all = Entity::find().filter(Column::ArticleId.eq(article_id));
    all.filter(Column::Number.eq(number)).one(conn).await
}

/// Newest first.
pub async fn revision_page(
    conn: &impl ConnectionTrait,
    article_id: Uuid,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let all = Entity::common().filter(Column::ArticleId.eq(article_id));
    page_of(all, (Column::CreatedAt, Column::Id), Direction::Descending, cursor, limit)
        .all(conn)
        .await
}

/// Who wrote a revision beyond `number`, or the one with the id `latest`.
pub async fn authors_since(
    conn: &impl ConnectionTrait,
    article_id: Uuid,
    number: i32,
    latest: Option<Uuid>,
) -> Result<Vec<Uuid>, DbErr> {
    let is_new = Column::Number.gt(number);
    let mut which = sea_orm::Condition::any().add(is_new);
    if let Some(latest) = latest {
        which = which.add(Column::Id.eq(latest));
    }
    let authors: Vec<Option<Uuid>> = Entity::find()
        .select_only()
        .column(Column::AuthorId)
        .distinct()
        .filter(Column::ArticleId.eq(article_id))
        .filter(which)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(authors.into_iter().flatten().collect())
}
