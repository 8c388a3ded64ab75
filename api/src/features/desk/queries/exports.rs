use chrono::{DateTime, Utc};
use entity::booking::{self, BookingChannel, BookingStatus};
use entity::booking_export::{self, Column, Entity, ExportStatus, Model};
use entity::lab_service::{self, ServiceKind};
use entity::scope::{OfLab as _, Owned as _};
use entity::{lab, slot};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter,
    QuerySelect,
};
use uuid::Uuid;

use super::statistics::labs_of;
use crate::features::desk::model::Span;
use crate::platform::auth::{LabScope, PlaceScope};
use crate::platform::db::{Cursor, Direction, page_of};

pub async fn insert_export(
    conn: &impl ConnectionTrait,
    row: booking_export::ActiveModel,
) -> Result<Model, DbErr> {
    Entity::insert(row).exec_with_returning(conn).await
}

pub async fn own_export(
    conn: &impl ConnectionTrait,
    staff_id: Uuid,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::owned_by(staff_id).filter(Column::Id.eq(id)).one(conn).await
}

pub async fn own_exports(
    conn: &impl ConnectionTrait,
    staff_id: Uuid,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let key = (Column::CreatedAt, Column::Id);
    page_of(Entity::owned_by(staff_id), key, Direction::Descending, cursor, limit).all(conn).await
}

/// For the job that writes it.
pub async fn export(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(conn).await
}

/// What a finished file is.
#[derive(Debug)]
pub struct Finished {
    pub attempt: i32,
    pub parts: i32,
    pub rows: i64,
    pub bytes: i64,
    pub sha256: Vec<u8>,
}

/// Makes a pending export ready. False when it is pending no more.
pub async fn finish_export(
    conn: &impl ConnectionTrait,
    id: Uuid,
    file: &Finished,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::Status, Expr::value(ExportStatus::Ready))
        .col_expr(Column::Attempt, Expr::value(file.attempt))
        .col_expr(Column::Parts, Expr::value(file.parts))
        .col_expr(Column::Rows, Expr::value(file.rows))
        .col_expr(Column::Bytes, Expr::value(file.bytes))
        .col_expr(Column::Sha256, Expr::value(file.sha256.clone()))
        .col_expr(Column::FinishedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(ExportStatus::Pending))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Ends an export without a file.
pub async fn end_export(
    conn: &impl ConnectionTrait,
    id: Uuid,
    from: ExportStatus,
    to: ExportStatus,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(to))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(from))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Exports whose time is over and that are not ended.
pub async fn overdue_exports(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::Status.is_in([ExportStatus::Pending, ExportStatus::Ready]))
        .filter(Column::ExpiresAt.lte(now))
        .limit(limit)
        .all(conn)
        .await
}

/// A booking as a line of a sheet.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Line {
    pub id: Uuid,
    pub public_code: String,
    pub lab_name: String,
    pub region_code: String,
    pub service_name: String,
    pub kind: ServiceKind,
    pub product_name: String,
    pub status: BookingStatus,
    pub channel: BookingChannel,
    pub units: i32,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub checked_in_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    pub sample_number: Option<String>,
    pub reason_code: Option<String>,
}

/// The next lines of a sheet, in order of time; one more than `limit` when there are more.
pub async fn lines(
    conn: &impl ConnectionTrait,
    scope: &PlaceScope,
    span: Span,
    (lab_id, status): (Option<Uuid>, Option<BookingStatus>),
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Line>, DbErr> {
    let mut rows = booking::Entity::of_labs(&LabScope::Country)
        .filter(slot::Column::LabId.in_subquery(labs_of(scope)))
        .filter(slot::Column::StartsAt.gte(span.from))
        .filter(slot::Column::StartsAt.lt(span.until));
    if let Some(lab_id) = lab_id {
        rows = rows.filter(slot::Column::LabId.eq(lab_id));
    }
    if let Some(status) = status {
        rows = rows.filter(booking::Column::Status.eq(status));
    }
    let key = (slot::Column::StartsAt, booking::Column::Id);
    let to_slot = booking::Entity::belongs_to(slot::Entity)
        .from(booking::Column::SlotId)
        .to(slot::Column::Id);
    let to_lab =
        booking::Entity::belongs_to(lab::Entity).from(booking::Column::LabId).to(lab::Column::Id);
    let to_service = booking::Entity::belongs_to(lab_service::Entity)
        .from(booking::Column::ServiceId)
        .to(lab_service::Column::Id);
    page_of(rows, key, Direction::Ascending, cursor, limit)
        .join(JoinType::InnerJoin, to_slot.into())
        .join(JoinType::InnerJoin, to_lab.into())
        .join(JoinType::InnerJoin, to_service.into())
        .column_as(lab::Column::Name, "lab_name")
        .column(lab::Column::RegionCode)
        .column_as(lab_service::Column::Name, "service_name")
        .column(lab_service::Column::Kind)
        .column(slot::Column::StartsAt)
        .column(slot::Column::EndsAt)
        .into_model()
        .all(conn)
        .await
}
