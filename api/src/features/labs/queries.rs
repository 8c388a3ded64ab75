use chrono::{DateTime, Utc};
use entity::lab::{ActiveModel, Column, Entity, LabStatus, Model};
use entity::lab_service;
use entity::scope::Common as _;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

pub async fn active_page(
    conn: &impl ConnectionTrait,
    region_prefix: Option<&str>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut select = Entity::common().filter(Column::Status.eq(LabStatus::Active));
    if let Some(prefix) = region_prefix {
        select = select.filter(Column::RegionCode.starts_with(prefix));
    }
    page_of(select, (Column::CreatedAt, Column::Id), Direction::Descending, cursor, limit)
        .all(conn)
        .await
}

pub async fn by_id(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(conn).await
}

pub async fn services(
    conn: &impl ConnectionTrait,
    lab_id: Uuid,
) -> Result<Vec<lab_service::Model>, DbErr> {
    lab_service::Entity::find()
        .filter(lab_service::Column::LabId.eq(lab_id))
        .order_by_asc(lab_service::Column::CreatedAt)
        .order_by_asc(lab_service::Column::Id)
        .all(conn)
        .await
}

pub async fn service(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<lab_service::Model>, DbErr> {
    lab_service::Entity::find_by_id(id).one(conn).await
}

pub async fn insert(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<Model, DbErr> {
    Entity::insert(row).exec_with_returning(conn).await
}

pub async fn insert_service(
    conn: &impl ConnectionTrait,
    row: lab_service::ActiveModel,
) -> Result<(), DbErr> {
    lab_service::Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

pub async fn set_status(
    conn: &impl ConnectionTrait,
    id: Uuid,
    status: LabStatus,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}
