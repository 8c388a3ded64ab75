use chrono::{DateTime, Utc};
use entity::complaint::{ActiveModel, Column, ComplaintStatus, Entity, Model};
use entity::complaint_event;
use entity::scope::{Owned as _, Regional as _, Scoped};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, Select,
};
use uuid::Uuid;

use crate::platform::auth::RegionScope;
use crate::platform::db::{Cursor, Direction, page_of};

pub async fn insert(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<Model, DbErr> {
    Entity::insert(row).exec_with_returning(conn).await
}

pub async fn own(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::owned_by(account_id).filter(Column::Id.eq(id)).one(conn).await
}

pub async fn own_page(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    status: Option<ComplaintStatus>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    page(Entity::owned_by(account_id), status, cursor, limit).all(conn).await
}

pub async fn in_regions(
    conn: &impl ConnectionTrait,
    scope: &RegionScope,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::within(scope).filter(Column::Id.eq(id)).one(conn).await
}

pub async fn region_page(
    conn: &impl ConnectionTrait,
    scope: &RegionScope,
    status: Option<ComplaintStatus>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    page(Entity::within(scope), status, cursor, limit).all(conn).await
}

fn page(
    select: Scoped<Entity>,
    status: Option<ComplaintStatus>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Select<Entity> {
    let select = match status {
        Some(status) => select.filter(Column::Status.eq(status)),
        None => select,
    };
    page_of(select, (Column::ReceivedAt, Column::Id), Direction::Descending, cursor, limit)
}

/// What a decision writes.
pub struct Decision {
    pub to: ComplaintStatus,
    pub refusal_ground: Option<i16>,
    pub decided_by: Option<Uuid>,
}

/// Changes exactly the complaint that was read. False when it changed meanwhile.
pub async fn change_status(
    conn: &impl ConnectionTrait,
    row: &Model,
    decision: Decision,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let mut update = Entity::update_many()
        .col_expr(Column::Status, Expr::value(decision.to))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1));
    if decision.decided_by.is_some() {
        update = update
            .col_expr(Column::RefusalGround, Expr::value(decision.refusal_ground))
            .col_expr(Column::DecidedAt, Expr::value(now))
            .col_expr(Column::DecidedBy, Expr::value(decision.decided_by));
    }
    let done = update
        .filter(Column::Id.eq(row.id))
        .filter(Column::Status.eq(row.status))
        .filter(Column::Version.eq(row.version))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Changes the separate consents that are given; `None` leaves one alone.
pub async fn update_consents(
    conn: &impl ConnectionTrait,
    id: Uuid,
    is_publishable: Option<bool>,
    is_delegable: Option<bool>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let mut update = Entity::update_many()
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1));
    if let Some(value) = is_publishable {
        update = update.col_expr(Column::IsPublishable, Expr::value(value));
    }
    if let Some(value) = is_delegable {
        update = update.col_expr(Column::IsDelegable, Expr::value(value));
    }
    update.filter(Column::Id.eq(id)).exec(conn).await.map(|_| ())
}

/// Replaces one encrypted detail of the complainant.
pub async fn replace_detail(
    conn: &impl ConnectionTrait,
    id: Uuid,
    column: Column,
    sealed: Vec<u8>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(column, Expr::value(sealed))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

pub async fn insert_event(
    conn: &impl ConnectionTrait,
    row: complaint_event::ActiveModel,
) -> Result<(), DbErr> {
    complaint_event::Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

pub async fn events(
    conn: &impl ConnectionTrait,
    complaint_id: Uuid,
) -> Result<Vec<complaint_event::Model>, DbErr> {
    complaint_event::Entity::find()
        .filter(complaint_event::Column::ComplaintId.eq(complaint_id))
        .order_by_asc(complaint_event::Column::At)
        .order_by_asc(complaint_event::Column::Id)
        .all(conn)
        .await
}
