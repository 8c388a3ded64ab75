use chrono::{DateTime, NaiveDate, Utc};
use entity::lab_service::{self, ServiceKind};
use entity::late_result::{ActiveModel, Column, Entity, Model};
use entity::scope::OfLab as _;
use entity::{booking, booking::BookingStatus, sample};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::samples::bookings_in_lab;
use crate::platform::auth::LabScope;
use crate::platform::db::{Cursor, Direction, page_of};

/// Bookings that wait for a result, and have no alarm yet, though a sample was due before `today` or,
/// where none was registered, their people came before `instant`. Who came for something that has no
/// result waits for none, unless a sample was taken after all.
pub async fn overdue(
    conn: &impl ConnectionTrait,
    kinds: &[ServiceKind],
    today: NaiveDate,
    instant: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Uuid>, DbErr> {
    use booking::Column as B;
    use sample::Column as S;

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
    let mut samples = Query::select();
    samples
        .expr(Expr::value(1))
        .from(sample::Entity)
        .and_where(Expr::col((sample::Entity, S::BookingId)).equals((booking::Entity, B::Id)));
    let overdue = samples.clone().and_where(S::DueOn.lt(today)).take();
    let is_late = Condition::any().add(Expr::exists(overdue)).add(
        Condition::all()
            .add(Expr::exists(samples).not())
            .add(B::CheckedInAt.lt(instant))
            .add(B::ServiceId.in_subquery(testing)),
    );
    booking::Entity::find()
        .select_only()
        .column(B::Id)
        .filter(B::Status.is_in([BookingStatus::CheckedIn, BookingStatus::Testing]))
        .filter(is_late)
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
