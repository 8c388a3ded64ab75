use chrono::{DateTime, NaiveDate, Utc};
use entity::booking::{self, BookingStatus};
use entity::sample::{self, Column, SampleStatus};
use entity::scope::OfLab as _;
use entity::{lab_result, sample_event};
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use crate::platform::auth::LabScope;
use crate::platform::db::{Cursor, Direction, page_of};

pub async fn insert_sample(
    conn: &impl ConnectionTrait,
    row: sample::ActiveModel,
) -> Result<sample::Model, DbErr> {
    sample::Entity::insert(row).exec_with_returning(conn).await
}

pub async fn insert_event(
    conn: &impl ConnectionTrait,
    row: sample_event::ActiveModel,
) -> Result<(), DbErr> {
    sample_event::Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// In the order in which they were registered.
pub async fn samples(
    conn: &impl ConnectionTrait,
    booking_id: Uuid,
) -> Result<Vec<sample::Model>, DbErr> {
    sample::Entity::find()
        .filter(Column::BookingId.eq(booking_id))
        .order_by_asc(Column::Position)
        .all(conn)
        .await
}

/// Those that a report says something of.
pub async fn tested_samples(
    conn: &impl ConnectionTrait,
    report_id: Uuid,
) -> Result<Vec<sample::Model>, DbErr> {
    let tested = Query::select()
        .column(lab_result::Column::SampleId)
        .from(lab_result::Entity)
        .and_where(lab_result::Column::ReportId.eq(report_id))
        .take();
    sample::Entity::find()
        .filter(Column::Id.in_subquery(tested))
        .order_by_asc(Column::Position)
        .all(conn)
        .await
}

pub async fn lab_sample(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    id: Uuid,
) -> Result<Option<sample::Model>, DbErr> {
    sample::Entity::of_labs(scope).filter(Column::Id.eq(id)).one(conn).await
}

pub async fn sample_events(
    conn: &impl ConnectionTrait,
    sample_id: Uuid,
) -> Result<Vec<sample_event::Model>, DbErr> {
    sample_event::Entity::find()
        .filter(sample_event::Column::SampleId.eq(sample_id))
        .order_by_asc(sample_event::Column::Seq)
        .all(conn)
        .await
}

#[derive(Clone, Debug, Default)]
pub struct SampleQuery {
    pub status: Option<SampleStatus>,
    pub booking_id: Option<Uuid>,
    pub number: Option<String>,
    /// Whose last day was before this one, and that wait for their result.
    pub late_on: Option<NaiveDate>,
}

pub async fn sample_page(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    query: SampleQuery,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<sample::Model>, DbErr> {
    let mut select = sample::Entity::of_labs(scope);
    if let Some(status) = query.status {
        select = select.filter(Column::Status.eq(status));
    }
    if let Some(booking_id) = query.booking_id {
        select = select.filter(Column::BookingId.eq(booking_id));
    }
    if let Some(number) = query.number {
        select = select.filter(Column::Number.eq(number));
    }
    if let Some(day) = query.late_on {
        let waiting = Column::BookingId.in_subquery(bookings_in_lab());
        select = select.filter(Column::DueOn.lt(day).and(waiting));
    }
    let key = (Column::ReceivedAt, Column::Id);
    page_of(select, key, Direction::Descending, cursor, limit).all(conn).await
}

/// Of those who came and have no result.
pub(super) fn bookings_in_lab() -> SelectStatement {
    Query::select()
        .column(booking::Column::Id)
        .from(booking::Entity)
        .and_where(
            booking::Column::Status.is_in([BookingStatus::CheckedIn, BookingStatus::Testing]),
        )
        .take()
}

/// Takes exactly the sample that was read on. False when it changed meanwhile.
pub async fn move_sample(
    conn: &impl ConnectionTrait,
    sample: &sample::Model,
    to: SampleStatus,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = sample::Entity::update_many()
        .col_expr(Column::Status, Expr::value(to))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(sample.id))
        .filter(Column::Version.eq(sample.version))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}
