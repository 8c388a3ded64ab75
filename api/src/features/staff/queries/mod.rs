use chrono::{DateTime, Utc};
use entity::scope::Common as _;
use entity::staff_member::{ActiveModel, Column, Entity, Model, StaffStatus};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

mod attempts;
mod credentials;
mod sessions;

pub use attempts::*;
pub use credentials::*;
pub use sessions::*;

pub async fn by_username(
    conn: &impl ConnectionTrait,
    username: &str,
) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::Username.eq(username)).one(conn).await
}

pub async fn by_id(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(conn).await
}

/// As [`by_id`], locked until the end of the transaction.
pub async fn locked_by_id(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).lock_exclusive().one(conn).await
}

pub async fn page(
    conn: &impl ConnectionTrait,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    page_of(Entity::common(), (Column::CreatedAt, Column::Id), Direction::Descending, cursor, limit)
        .all(conn)
        .await
}

pub async fn insert(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<(), DbErr> {
    Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// Notes a finished log-in. False when the account or its credentials changed since `epoch`.
pub async fn record_login(
    conn: &impl ConnectionTrait,
    id: Uuid,
    epoch: i32,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::FailedLogins, Expr::value(0))
        .col_expr(Column::LockedUntil, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(Column::LastLoginAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::Epoch.eq(epoch))
        .filter(Column::Status.eq(StaffStatus::Active))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Changes the status and ends all access tokens of the member.
pub async fn set_status(
    conn: &impl ConnectionTrait,
    id: Uuid,
    status: StaffStatus,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::Epoch, Expr::col(Column::Epoch).add(1))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}
