use chrono::{DateTime, Utc};
use entity::lab_service::{self, ServiceKind};
use entity::late_result::{ActiveModel, Column, Entity, Model};
use entity::scope::OfLab as _;
use entity::{booking, booking::BookingStatus};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::samples::bookings_in_lab;
use crate::platform::auth::LabScope;
use crate::platform::db::{Cursor, Direction, page_of};

/// Bookings of those who came before `instant`, wait for a result, and have no alarm yet. Who came for
/// something that has no result waits for none, unless a sample was taken after all.
pub async fn overdue(
    conn: &impl ConnectionTrait,
    kinds: &[ServiceKind],
    instant: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Uuid>, DbErr> {
    use booking::Column as B;

    let testing = Query::select()
        .column(lab_service::Column::Id)
        .from(lab_service::Entity)
        .and_where(lab_service::Column::Kind.is_in(kinds.iter().copied()))
        .take();
    let alarm = Query::select()
        .expr(Expr::value(1))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::BookingId)).equals((booking::Entity, B::Id)))
        .take();
    let has_result =
        Condition::any().add(B::SampleNumber.is_not_null()).add(B::ServiceId.in_subquery(testing));
    booking::Entity::find()
        .select_only()
        .column(B::Id)
        .filter(B::Status.is_in([BookingStatus::CheckedIn, BookingStatus::Testing]))
        .filter(B::CheckedInAt.lt(instant))
        .filter(has_result)
        .filter(Expr::exists(alarm).not())
        .order_by_asc(B::CheckedInAt)
        .limit(limit)
        .into_tuple()
        .all(conn)
        .await
}

/// Raises the alarm for a booking. False when it was raised before.
pub async fn insert_late(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<bool, DbErr> {
    let once = OnConflict::column(Column::BookingId).do_nothing().to_owned();
    let inserted = Entity::insert(row).on_conflict(once).exec_without_returning(conn).await?;
    Ok(inserted == 1)
}

/// Alarms whose result is still not there, the latest first.
pub async fn late_page(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let select = Entity::of_labs(scope).filter(Column::BookingId.in_subquery(bookings_in_lab()));
    let key = (Column::RaisedAt, Column::BookingId);
    page_of(select, key, Direction::Descending, cursor, limit).all(conn).await
}
