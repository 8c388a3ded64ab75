use chrono::{DateTime, Utc};
use entity::calendar_feed::{self, Column, Entity, Model};
use entity::scope::OfLab as _;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::platform::auth::LabScope;
use crate::platform::db::{Cursor, Direction, page_of};

pub async fn insert_feed(
    conn: &impl ConnectionTrait,
    row: calendar_feed::ActiveModel,
) -> Result<Model, DbErr> {
    Entity::insert(row).exec_with_returning(conn).await
}

pub async fn feeds_page(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let key = (Column::CreatedAt, Column::Id);
    page_of(Entity::of_labs(scope), key, Direction::Descending, cursor, limit).all(conn).await
}

pub async fn feed(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::of_labs(scope).filter(Column::Id.eq(id)).one(conn).await
}

/// Revokes a feed; the first time counts.
pub async fn revoke_feed(
    conn: &impl ConnectionTrait,
    id: Uuid,
    by: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now))
        .col_expr(Column::RevokedBy, Expr::value(by))
        .filter(Column::Id.eq(id))
        .filter(Column::RevokedAt.is_null())
        .exec(conn)
        .await
        .map(|_| ())
}

/// The feed at an address, unless it was revoked.
pub async fn feed_of_token(
    conn: &impl ConnectionTrait,
    token_hash: &[u8],
) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(Column::TokenHash.eq(token_hash))
        .filter(Column::RevokedAt.is_null())
        .one(conn)
        .await
}
