use chrono::{DateTime, Utc};
use entity::monitoring_point::{ActiveModel, Column, Entity, Model, PointKind, PointStatus};
use entity::scope::{AtPlace as _, PlaceScope, RegionScope, Regional as _};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

pub async fn page(
    conn: &impl ConnectionTrait,
    scope: &PlaceScope,
    kind: Option<PointKind>,
    status: Option<PointStatus>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut rows = Entity::at_places(scope);
    if let Some(kind) = kind {
        rows = rows.filter(Column::Kind.eq(kind));
    }
    if let Some(status) = status {
        rows = rows.filter(Column::Status.eq(status));
    }
    page_of(rows, (Column::CreatedAt, Column::Id), Direction::Descending, cursor, limit)
        .all(conn)
        .await
}

pub async fn in_scope(
    conn: &impl ConnectionTrait,
    scope: &PlaceScope,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::at_places(scope).filter(Column::Id.eq(id)).one(conn).await
}

/// A point within regions, locked until the end of the transaction.
pub async fn locked_within(
    conn: &impl ConnectionTrait,
    scope: &RegionScope,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::within(scope).filter(Column::Id.eq(id)).lock_exclusive().one(conn).await
}

pub async fn by_id(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(conn).await
}

pub async fn insert(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<(), DbErr> {
    Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

pub async fn set_status(
    conn: &impl ConnectionTrait,
    id: Uuid,
    status: PointStatus,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}
