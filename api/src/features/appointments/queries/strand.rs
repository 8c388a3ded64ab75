//! Bookings whose slot its plan no longer has.

use chrono::{DateTime, Utc};
use entity::booking::{self, BookingStatus, Column};
use entity::scope::OfLab as _;
use entity::slot::{self, SlotStatus};
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

use super::slots::Want;
use crate::platform::auth::LabScope;
use crate::platform::db::{Cursor, Direction, page_of};

/// Whoever is not there yet.
const OPEN: [BookingStatus; 5] = [
    BookingStatus::Held,
    BookingStatus::PendingLab,
    BookingStatus::Confirmed,
    BookingStatus::Waitlisted,
    BookingStatus::Offered,
];

/// The open bookings of some slots, oldest first.
pub async fn open_page(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    slots: Vec<Uuid>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<booking::Model>, DbErr> {
    let open = booking::Entity::of_labs(scope)
        .filter(Column::SlotId.is_in(slots))
        .filter(Column::Status.is_in(OPEN));
    page_of(open, (Column::CreatedAt, Column::Id), Direction::Ascending, cursor, limit)
        .all(conn)
        .await
}

pub async fn count_open(conn: &impl ConnectionTrait, slots: Vec<Uuid>) -> Result<u64, DbErr> {
    booking::Entity::find()
        .filter(Column::SlotId.is_in(slots))
        .filter(Column::Status.is_in(OPEN))
        .count(conn)
        .await
}

fn stranded(plan_id: Uuid, after: DateTime<Utc>) -> Select<booking::Entity> {
    let withdrawn = Query::select()
        .column(slot::Column::Id)
        .from(slot::Entity)
        .and_where(slot::Column::PlanId.eq(plan_id))
        .and_where(slot::Column::StartsAt.gt(after))
        .and_where(slot::Column::Status.eq(SlotStatus::Withdrawn))
        .take();
    booking::Entity::find()
        .filter(Column::SlotId.in_subquery(withdrawn))
        .filter(Column::Status.is_in(OPEN))
}

/// The open bookings in withdrawn slots of a plan: who asked first is first.
pub async fn stranded_ids(
    conn: &impl ConnectionTrait,
    plan_id: Uuid,
    after: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Uuid>, DbErr> {
    stranded(plan_id, after)
        .select_only()
        .column(Column::Id)
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_tuple()
        .all(conn)
        .await
}

pub async fn count_stranded(
    conn: &impl ConnectionTrait,
    plan_id: Uuid,
    after: DateTime<Utc>,
) -> Result<u64, DbErr> {
    stranded(plan_id, after).count(conn).await
}

/// Slots of the same service and place that have what is wanted, nearest in time first.
pub async fn nearest(
    conn: &impl ConnectionTrait,
    from: &slot::Model,
    want: &Want,
    limit: u64,
) -> Result<Vec<slot::Model>, DbErr> {
    use slot::Column;

    let place = match from.stop_id {
        Some(stop_id) => Column::StopId.eq(stop_id),
        None => Column::StopId.is_null(),
    };
    let near = slot::Entity::find()
        .filter(Column::ServiceId.eq(from.service_id))
        .filter(place)
        .filter(Column::Id.ne(from.id))
        .filter(want.bookable())
        .limit(limit);
    let later = near.clone().filter(Column::StartsAt.gte(from.starts_at));
    let sooner = near.filter(Column::StartsAt.lt(from.starts_at));
    let mut found = later.order_by_asc(Column::StartsAt).all(conn).await?;
    found.extend(sooner.order_by_desc(Column::StartsAt).all(conn).await?);
    found.sort_by_key(|slot| ((slot.starts_at - from.starts_at).abs(), slot.starts_at));
    Ok(found)
}
