use chrono::{DateTime, Utc};
use entity::plan::{ActiveModel, ChangeStep, Column, Entity, Model, PlanStatus};
use entity::scope::OfLab as _;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::platform::auth::LabScope;
use crate::platform::db::{Cursor, Direction, page_of};

/// Which plans a list shows.
#[derive(Clone, Copy, Debug)]
pub struct PlanQuery {
    pub lab_id: Option<Uuid>,
    pub service_id: Option<Uuid>,
    pub status: Option<PlanStatus>,
}

pub async fn page(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    query: PlanQuery,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut rows = Entity::of_labs(scope);
    if let Some(lab_id) = query.lab_id {
        rows = rows.filter(Column::LabId.eq(lab_id));
    }
    if let Some(service_id) = query.service_id {
        rows = rows.filter(Column::ServiceId.eq(service_id));
    }
    if let Some(status) = query.status {
        rows = rows.filter(Column::Status.eq(status));
    }
    page_of(rows, (Column::CreatedAt, Column::Id), Direction::Descending, cursor, limit)
        .all(conn)
        .await
}

pub async fn of_labs(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::of_labs(scope).filter(Column::Id.eq(id)).one(conn).await
}

/// As [`of_labs`], locked until the end of the transaction.
pub async fn locked_of_labs(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::of_labs(scope).filter(Column::Id.eq(id)).lock_exclusive().one(conn).await
}

/// A plan by id, for the system's own jobs.
pub async fn any_plan(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(conn).await
}

/// A plan, locked, unless it was changed or went on since it was read.
pub async fn lock_as_read(
    conn: &impl ConnectionTrait,
    read: &Model,
) -> Result<Option<Model>, DbErr> {
    let locked = Entity::find_by_id(read.id).lock_exclusive().one(conn).await?;
    Ok(locked.filter(|now| now.version == read.version && now.change_step == read.change_step))
}

/// Ids of active plans after one of them.
pub async fn active_ids(
    conn: &impl ConnectionTrait,
    after: Uuid,
    limit: u64,
) -> Result<Vec<Uuid>, DbErr> {
    Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Status.eq(PlanStatus::Active))
        .filter(Column::Id.gt(after))
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_tuple()
        .all(conn)
        .await
}

pub async fn insert(conn: &impl ConnectionTrait, row: Model) -> Result<(), DbErr> {
    let row: ActiveModel = row.into();
    Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// Writes a changed plan. The caller holds its lock.
pub async fn replace(conn: &impl ConnectionTrait, row: Model) -> Result<(), DbErr> {
    let id = row.id;
    let row = ActiveModel::from(row).reset_all();
    Entity::update_many().set(row).filter(Column::Id.eq(id)).exec(conn).await.map(|_| ())
}

/// Notes that slots up to a beginning are in line.
pub async fn note_slots(
    conn: &impl ConnectionTrait,
    id: Uuid,
    upto: DateTime<Utc>,
    count: i32,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::ChangeCursor, Expr::value(upto))
        .col_expr(Column::SlotsDone, Expr::col(Column::SlotsDone).add(count))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Notes what became of one booking: `column` is `BookingsMoved` or `BookingsCancelled`.
pub async fn count_booking(
    conn: &impl ConnectionTrait,
    id: Uuid,
    column: Column,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(column, Expr::col(column).add(1))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}

pub async fn set_step(
    conn: &impl ConnectionTrait,
    id: Uuid,
    step: Option<ChangeStep>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::ChangeStep, Expr::value(step))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}

pub async fn set_kept(conn: &impl ConnectionTrait, id: Uuid, kept: i32) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::BookingsKept, Expr::value(kept))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}
