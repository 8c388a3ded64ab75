//! Slots and bookings at an outreach stop.

use chrono::{DateTime, Utc};
use entity::booking::{self, BookingStatus};
use entity::notification::{self, NotificationKind};
use entity::slot::{self, Column, SlotStatus};
use entity::stop;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use crate::platform::db::padded;

/// A stop that nobody else changes until the transaction ends.
pub async fn locked_stop(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<stop::Model>, DbErr> {
    stop::Entity::find_by_id(id).lock_exclusive().one(conn).await
}

pub async fn slots_at_stop(conn: &impl ConnectionTrait, stop_id: Uuid) -> Result<Vec<Uuid>, DbErr> {
    slot::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::StopId.eq(stop_id))
        .into_tuple()
        .all(conn)
        .await
}

pub async fn stops(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<stop::Model>, DbErr> {
    stop::Entity::find().filter(stop::Column::Id.is_in(padded(ids))).all(conn).await
}

/// How many slots of a stop that somebody may come to are not between two instants.
pub async fn slots_outside(
    conn: &impl ConnectionTrait,
    stop_id: Uuid,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let is_outside = Condition::any().add(Column::StartsAt.lt(from)).add(Column::EndsAt.gt(until));
    let is_in_use = Condition::any()
        .add(Column::Status.eq(SlotStatus::Open))
        .add(Expr::col(Column::Held).add(Expr::col(Column::Booked)).gt(0));
    slot::Entity::find()
        .filter(Column::StopId.eq(stop_id))
        .filter(is_outside)
        .filter(is_in_use)
        .count(conn)
        .await
}

/// Closes slots, which the caller has locked.
pub async fn close_slots(conn: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<(), DbErr> {
    slot::Entity::update_many()
        .col_expr(Column::Status, Expr::value(SlotStatus::Closed))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.is_in(ids))
        .filter(Column::Status.eq(SlotStatus::Open))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Up to `limit` bookings at a stop whose visit has not begun, oldest first.
pub async fn open_at_stop(
    conn: &impl ConnectionTrait,
    stop_id: Uuid,
    limit: u64,
) -> Result<Vec<Uuid>, DbErr> {
    at_stop(stop_id, OPEN, limit)
        .select_only()
        .column(booking::Column::Id)
        .into_tuple()
        .all(conn)
        .await
}

/// Who is not there yet, and wants to come.
const OPEN: &[BookingStatus] = &[
    BookingStatus::Held,
    BookingStatus::PendingLab,
    BookingStatus::Confirmed,
    BookingStatus::Waitlisted,
    BookingStatus::Offered,
];
/// Of them, those with a place.
const PLACED: &[BookingStatus] =
    &[BookingStatus::PendingLab, BookingStatus::Confirmed, BookingStatus::Offered];

fn at_stop(stop_id: Uuid, states: &[BookingStatus], limit: u64) -> Select<booking::Entity> {
    use booking::Column;

    let slots = Query::select()
        .column(slot::Column::Id)
        .from(slot::Entity)
        .and_where(slot::Column::StopId.eq(stop_id))
        .take();
    booking::Entity::find()
        .filter(Column::SlotId.in_subquery(slots))
        .filter(Column::Status.is_in(states.iter().copied()))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .limit(limit)
}

/// Up to `limit` bookings at a stop with a place and an owner, made until the second instant, of which
/// their owner got no notice of a kind since the first: booking and owner.
pub async fn untold_at_stop(
    conn: &impl ConnectionTrait,
    stop_id: Uuid,
    kind: NotificationKind,
    (since, until): (DateTime<Utc>, DateTime<Utc>),
    limit: u64,
) -> Result<Vec<(Uuid, Uuid)>, DbErr> {
    use booking::Column;
    use notification::Column as N;

    let column = |column| Expr::col((notification::Entity, column));
    let told = Query::select()
        .expr(Expr::value(1))
        .from(notification::Entity)
        .and_where(column(N::AccountId).equals((booking::Entity, Column::AccountId)))
        .and_where(column(N::SubjectId).equals((booking::Entity, Column::Id)))
        .and_where(column(N::Kind).eq(kind))
        .and_where(column(N::CreatedAt).gte(since))
        .take();
    at_stop(stop_id, PLACED, limit)
        .select_only()
        .columns([Column::Id, Column::AccountId])
        .filter(Column::AccountId.is_not_null())
        .filter(Column::CreatedAt.lte(until))
        .filter(Expr::exists(told).not())
        .into_tuple()
        .all(conn)
        .await
}
