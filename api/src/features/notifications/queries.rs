use chrono::{DateTime, Utc};
use entity::notification::{ActiveModel, Column, DeliveryStatus, Entity, Model};
use entity::scope::Owned as _;
use entity::wechat_identity;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, in_parts, page_of};

pub async fn insert(conn: &impl ConnectionTrait, rows: Vec<ActiveModel>) -> Result<(), DbErr> {
    for part in in_parts(rows) {
        Entity::insert_many(part).exec_without_returning(conn).await?;
    }
    Ok(())
}

pub async fn own_page(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let key = (Column::CreatedAt, Column::Id);
    page_of(Entity::owned_by(account_id), key, Direction::Descending, cursor, limit).all(conn).await
}

pub async fn own(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::owned_by(account_id).filter(Column::Id.eq(id)).one(conn).await
}

/// Marks as read; the first time counts.
pub async fn mark_read(
    conn: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::ReadAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::ReadAt.is_null())
        .exec(conn)
        .await
        .map(|_| ())
}

pub async fn any(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(conn).await
}

/// The openid by which WeChat reaches an account in our mini-program.
pub async fn openid(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    appid: &str,
) -> Result<Option<String>, DbErr> {
    let identity = wechat_identity::Entity::of(account_id, appid).one(conn).await?;
    Ok(identity.map(|row| row.openid))
}

/// Records a try and what came of it, while the delivery is still pending.
pub async fn settle_delivery(
    conn: &impl ConnectionTrait,
    id: Uuid,
    status: DeliveryStatus,
    code: Option<i32>,
    delivered_at: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Delivery, Expr::value(status))
        .col_expr(Column::DeliveryAttempts, Expr::col(Column::DeliveryAttempts).add(1))
        .col_expr(Column::DeliveryCode, Expr::value(code))
        .col_expr(Column::DeliveredAt, Expr::value(delivered_at))
        .filter(Column::Id.eq(id))
        .filter(Column::Delivery.eq(DeliveryStatus::Pending))
        .exec(conn)
        .await
        .map(|_| ())
}
