use chrono::{DateTime, Utc};
use entity::article;
use entity::article_publication::{
    ActiveModel, Column, Entity, Model, PublicationChannel, PublicationState,
};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

pub async fn is_article(conn: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    Ok(article::Entity::find_by_id(id).one(conn).await?.is_some())
}

pub async fn of_article(conn: &impl ConnectionTrait, id: Uuid) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::ArticleId.eq(id)).order_by_asc(Column::Channel).all(conn).await
}

/// Writes what channels are to show of an article. `is_named`: the rows hold what the channel calls it.
pub async fn put(
    conn: &impl ConnectionTrait,
    rows: Vec<ActiveModel>,
    is_named: bool,
) -> Result<(), DbErr> {
    let mut changed = vec![
        Column::RevisionNumber,
        Column::State,
        Column::Attempts,
        Column::LastErrorCode,
        Column::NextTryAt,
        Column::UpdatedAt,
    ];
    if is_named {
        changed.push(Column::ExternalId);
    }
    let again = OnConflict::columns([Column::ArticleId, Column::Channel])
        .update_columns(changed)
        .to_owned();
    Entity::insert_many(rows).on_conflict(again).exec_without_returning(conn).await.map(|_| ())
}

pub async fn withdraw(
    conn: &impl ConnectionTrait,
    article_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(PublicationState::Withdrawn))
        .col_expr(Column::NextTryAt, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::ArticleId.eq(article_id))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Queues what failed once more. False when it did not fail, or is not there.
pub async fn retry(
    conn: &impl ConnectionTrait,
    article_id: Uuid,
    channel: PublicationChannel,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::value(PublicationState::Queued))
        .col_expr(Column::NextTryAt, Expr::value(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::ArticleId.eq(article_id))
        .filter(Column::Channel.eq(channel))
        .filter(Column::State.eq(PublicationState::Failed))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}
