//! A day at the door: who is expected, what was scanned without network, who is reminded.

use chrono::{DateTime, Utc};
use entity::booking::{self, BookingStatus, Column};
use entity::booking_reminder::{self, ReminderKind};
use entity::scope::OfLab as _;
use entity::{check_in_scan, slot};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationDef, Set,
};
use uuid::Uuid;

use crate::platform::auth::LabScope;
use crate::platform::db::{Cursor, Direction, page_of};

fn to_slot() -> RelationDef {
    booking::Entity::belongs_to(slot::Entity).from(Column::SlotId).to(slot::Column::Id).into()
}

/// Which bookings: those of slots that begin between two instants.
#[derive(Clone, Debug)]
pub struct DayQuery {
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub lab_id: Option<Uuid>,
    pub stop_id: Option<Uuid>,
    pub states: Vec<BookingStatus>,
}

/// In the order in which they are expected.
pub async fn day_page(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    query: &DayQuery,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<booking::Model>, DbErr> {
    let mut rows = booking::Entity::of_labs(scope)
        .filter(slot::Column::StartsAt.gte(query.from))
        .filter(slot::Column::StartsAt.lt(query.until))
        .filter(Column::Status.is_in(query.states.iter().copied()));
    if let LabScope::Labs(ids) = scope {
        // Where the index is.
        rows = rows.filter(slot::Column::LabId.is_in(ids.iter().copied()));
    }
    if let Some(lab_id) = query.lab_id {
        rows = rows.filter(slot::Column::LabId.eq(lab_id));
    }
    if let Some(stop_id) = query.stop_id {
        rows = rows.filter(slot::Column::StopId.eq(stop_id));
    }
    let key = (slot::Column::StartsAt, Column::Id);
    page_of(rows, key, Direction::Ascending, cursor, limit)
        .join(JoinType::InnerJoin, to_slot())
        .all(conn)
        .await
}

/// A lab's bookings for its calendar, the first ones first.
pub async fn calendar_bookings(
    conn: &impl ConnectionTrait,
    lab_id: Uuid,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    states: &[BookingStatus],
    limit: u64,
) -> Result<Vec<booking::Model>, DbErr> {
    booking::Entity::of_labs(&LabScope::Labs(vec![lab_id]))
        .filter(slot::Column::LabId.eq(lab_id))
        .filter(slot::Column::StartsAt.gte(from))
        .filter(slot::Column::StartsAt.lt(until))
        .filter(Column::Status.is_in(states.iter().copied()))
        .into_select()
        .join(JoinType::InnerJoin, to_slot())
        .order_by_asc(slot::Column::StartsAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(conn)
        .await
}

/// Bookings by id, of any lab: whose they are is for the caller to look at.
pub async fn bookings(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<booking::Model>, DbErr> {
    booking::Entity::find().filter(Column::Id.is_in(ids)).all(conn).await
}

/// What is known of a lab's scans.
pub async fn scans(
    conn: &impl ConnectionTrait,
    lab_id: Uuid,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<check_in_scan::Model>, DbErr> {
    check_in_scan::Entity::find()
        .filter(check_in_scan::Column::LabId.eq(lab_id))
        .filter(check_in_scan::Column::ScanId.is_in(ids))
        .all(conn)
        .await
}

/// False when the scan is known already.
pub async fn insert_scan(
    conn: &impl ConnectionTrait,
    row: check_in_scan::ActiveModel,
) -> Result<bool, DbErr> {
    let key = [check_in_scan::Column::LabId, check_in_scan::Column::ScanId];
    let inserted = check_in_scan::Entity::insert(row)
        .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
        .exec_without_returning(conn)
        .await?;
    Ok(inserted == 1)
}

/// Confirmed bookings of accounts for slots that begin between two instants, whose reminder of this
/// kind was not looked at.
pub async fn to_remind(
    conn: &impl ConnectionTrait,
    kind: ReminderKind,
    (after, until): (DateTime<Utc>, DateTime<Utc>),
    limit: u64,
) -> Result<Vec<Uuid>, DbErr> {
    use booking_reminder::Column as Of;

    let done = Query::select()
        .expr(Expr::value(1))
        .from(booking_reminder::Entity)
        .and_where(
            Expr::col((booking_reminder::Entity, Of::BookingId))
                .equals((booking::Entity, Column::Id)),
        )
        .and_where(Expr::col((booking_reminder::Entity, Of::Kind)).eq(kind))
        .take();
    booking::Entity::find()
        .select_only()
        .column(Column::Id)
        .join(JoinType::InnerJoin, to_slot())
        .filter(slot::Column::StartsAt.gt(after))
        .filter(slot::Column::StartsAt.lte(until))
        .filter(Column::Status.eq(BookingStatus::Confirmed))
        .filter(Column::AccountId.is_not_null())
        .filter(Expr::exists(done).not())
        .order_by_asc(slot::Column::StartsAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_tuple()
        .all(conn)
        .await
}

/// Those that are confirmed still, and stay so until the transaction ends.
pub async fn lock_confirmed(
    conn: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> Result<Vec<booking::Model>, DbErr> {
    booking::Entity::find()
        .filter(Column::Id.is_in(ids))
        .filter(Column::Status.eq(BookingStatus::Confirmed))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(conn)
        .await
}

/// False when this reminder was looked at before.
pub async fn insert_reminder(
    conn: &impl ConnectionTrait,
    booking_id: Uuid,
    kind: ReminderKind,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = booking_reminder::ActiveModel {
        booking_id: Set(booking_id),
        kind: Set(kind),
        created_at: Set(now),
    };
    let inserted = booking_reminder::Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(conn)
        .await?;
    Ok(inserted == 1)
}
