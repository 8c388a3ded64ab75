use chrono::{DateTime, NaiveDate, Utc};
use entity::booking::{self, BookingStatus};
use entity::booking_event;
use entity::lab::{self, LabStatus};
use entity::scope::{Common as _, OfLab as _, Owned as _};
use entity::slot::{self, SlotStatus};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::model::Places;
use crate::platform::auth::LabScope;
use crate::platform::db::{Cursor, Direction, page_of};

/// Which slots a list shows.
pub struct SlotQuery {
    pub lab_id: Option<Uuid>,
    pub service_id: Option<Uuid>,
    pub on: Option<NaiveDate>,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

pub async fn open_slots(
    conn: &impl ConnectionTrait,
    query: &SlotQuery,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<slot::Model>, DbErr> {
    use slot::Column;

    let mut select = slot::Entity::common()
        .filter(Column::Status.eq(SlotStatus::Open))
        .filter(Column::StartsAt.gt(query.from))
        .filter(Column::StartsAt.lte(query.until))
        .filter(Column::LabId.in_subquery(active_labs()));
    if let Some(lab_id) = query.lab_id {
        select = select.filter(Column::LabId.eq(lab_id));
    }
    if let Some(service_id) = query.service_id {
        select = select.filter(Column::ServiceId.eq(service_id));
    }
    if let Some(on) = query.on {
        select = select.filter(Column::StartsOn.eq(on));
    }
    page_of(select, (Column::StartsAt, Column::Id), Direction::Ascending, cursor, limit)
        .all(conn)
        .await
}

fn active_labs() -> sea_orm::sea_query::SelectStatement {
    Query::select()
        .column(lab::Column::Id)
        .from(lab::Entity)
        .and_where(Expr::col(lab::Column::Status).eq(LabStatus::Active))
        .to_owned()
}

pub async fn slot(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<slot::Model>, DbErr> {
    slot::Entity::find_by_id(id).one(conn).await
}

pub async fn slots(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<slot::Model>, DbErr> {
    slot::Entity::find().filter(slot::Column::Id.is_in(ids)).all(conn).await
}

pub async fn insert_slot(
    conn: &impl ConnectionTrait,
    row: slot::ActiveModel,
) -> Result<slot::Model, DbErr> {
    slot::Entity::insert(row).exec_with_returning(conn).await
}

pub async fn close_slot(conn: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    slot::Entity::update_many()
        .col_expr(slot::Column::Status, Expr::value(SlotStatus::Closed))
        .col_expr(slot::Column::Version, Expr::col(slot::Column::Version).add(1))
        .filter(slot::Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Takes a place: the one statement that decides who gets the last one. `None` when there is none
/// to take.
pub async fn hold_place(
    conn: &impl ConnectionTrait,
    slot_id: Uuid,
    not_before: DateTime<Utc>,
) -> Result<Option<slot::Model>, DbErr> {
    use slot::Column;

    let taken = slot::Entity::update_many()
        .col_expr(Column::Held, Expr::col(Column::Held).add(1))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(slot_id))
        .filter(Column::Status.eq(SlotStatus::Open))
        .filter(Column::StartsAt.gt(not_before))
        .filter(
            Expr::col(Column::Held).add(Expr::col(Column::Booked)).lt(Expr::col(Column::Capacity)),
        )
        .filter(Column::LabId.in_subquery(active_labs()))
        .exec_with_returning(conn)
        .await?;
    Ok(taken.into_iter().next())
}

/// Moves a place as a change of status wants it. False when the counters say that there is none
/// to move, which means that somebody else moved it.
pub async fn move_place(
    conn: &impl ConnectionTrait,
    slot_id: Uuid,
    places: Places,
) -> Result<bool, DbErr> {
    use slot::Column;

    let minus_one = |column: Column| Expr::col(column).sub(1);
    let update = slot::Entity::update_many()
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(slot_id));
    let update = match places {
        Places::HeldToBooked => update
            .col_expr(Column::Held, minus_one(Column::Held))
            .col_expr(Column::Booked, Expr::col(Column::Booked).add(1))
            .filter(Column::Held.gt(0)),
        Places::ReleaseHeld => {
            update.col_expr(Column::Held, minus_one(Column::Held)).filter(Column::Held.gt(0))
        }
        Places::ReleaseBooked => {
            update.col_expr(Column::Booked, minus_one(Column::Booked)).filter(Column::Booked.gt(0))
        }
    };
    Ok(update.exec(conn).await?.rows_affected == 1)
}

pub async fn insert_booking(
    conn: &impl ConnectionTrait,
    row: booking::ActiveModel,
) -> Result<booking::Model, DbErr> {
    booking::Entity::insert(row).exec_with_returning(conn).await
}

pub async fn insert_event(
    conn: &impl ConnectionTrait,
    row: booking_event::ActiveModel,
) -> Result<(), DbErr> {
    booking_event::Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

pub async fn events(
    conn: &impl ConnectionTrait,
    booking_id: Uuid,
) -> Result<Vec<booking_event::Model>, DbErr> {
    booking_event::Entity::find()
        .filter(booking_event::Column::BookingId.eq(booking_id))
        .order_by_asc(booking_event::Column::At)
        .order_by_asc(booking_event::Column::Id)
        .all(conn)
        .await
}

pub async fn own_booking(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    id: Uuid,
) -> Result<Option<booking::Model>, DbErr> {
    booking::Entity::owned_by(account_id).filter(booking::Column::Id.eq(id)).one(conn).await
}

pub async fn own_page(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<booking::Model>, DbErr> {
    let key = (booking::Column::CreatedAt, booking::Column::Id);
    page_of(booking::Entity::owned_by(account_id), key, Direction::Descending, cursor, limit)
        .all(conn)
        .await
}

/// A booking of one of the labs in scope.
pub async fn lab_booking(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    id: Uuid,
) -> Result<Option<booking::Model>, DbErr> {
    booking::Entity::of_labs(scope).filter(booking::Column::Id.eq(id)).one(conn).await
}

pub async fn lab_page(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    status: Option<BookingStatus>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<booking::Model>, DbErr> {
    let mut select = booking::Entity::of_labs(scope);
    if let Some(status) = status {
        select = select.filter(booking::Column::Status.eq(status));
    }
    let key = (booking::Column::CreatedAt, booking::Column::Id);
    page_of(select, key, Direction::Descending, cursor, limit).all(conn).await
}

/// The active bookings of two accounts, in the order of their slots; with `slots`, of those alone.
pub async fn bookings_of_both(
    conn: &impl ConnectionTrait,
    accounts: [Uuid; 2],
    slots: Option<Vec<Uuid>>,
) -> Result<Vec<booking::Model>, DbErr> {
    use booking::Column;

    let mut select = booking::Entity::find()
        .filter(Column::AccountId.is_in(accounts))
        .filter(Column::Status.is_in([BookingStatus::PendingLab, BookingStatus::Confirmed]))
        .order_by_asc(Column::SlotId)
        .order_by_asc(Column::Id);
    if let Some(slots) = slots {
        select = select.filter(Column::SlotId.is_in(slots));
    }
    select.all(conn).await
}

/// Locks slots until the end of the transaction, always in the same order.
pub async fn lock_slots(conn: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<(), DbErr> {
    slot::Entity::find()
        .filter(slot::Column::Id.is_in(ids))
        .order_by_asc(slot::Column::Id)
        .lock_exclusive()
        .all(conn)
        .await
        .map(|_| ())
}

/// A booking by id, for the system's own jobs.
pub async fn any_booking(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<booking::Model>, DbErr> {
    booking::Entity::find_by_id(id).one(conn).await
}

/// The bookings of an account that hold a place in a slot that begins after `after`, or in any.
pub async fn active_bookings(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    after: Option<DateTime<Utc>>,
) -> Result<Vec<Uuid>, DbErr> {
    let mut select = booking::Entity::owned_by(account_id)
        .into_select()
        .select_only()
        .column(booking::Column::Id)
        .filter(
            booking::Column::Status.is_in([BookingStatus::PendingLab, BookingStatus::Confirmed]),
        );
    if let Some(after) = after {
        let later = Query::select()
            .column(slot::Column::Id)
            .from(slot::Entity)
            .and_where(slot::Column::StartsAt.gt(after))
            .take();
        select = select.filter(booking::Column::SlotId.in_subquery(later));
    }
    select.into_tuple().all(conn).await
}

/// What a change writes into a booking.
pub struct Change {
    pub to: BookingStatus,
    pub reason: Option<String>,
    /// The member of staff who decided, if a lab did.
    pub decided_by: Option<Uuid>,
}

/// Changes the status of exactly the booking that was read. False when it changed meanwhile.
pub async fn change_status(
    conn: &impl ConnectionTrait,
    booking: &booking::Model,
    change: Change,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    use booking::Column;

    let mut update = booking::Entity::update_many()
        .col_expr(Column::Status, Expr::value(change.to))
        .col_expr(Column::Reason, Expr::value(change.reason))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1));
    if change.decided_by.is_some() {
        update = update
            .col_expr(Column::DecidedAt, Expr::value(now))
            .col_expr(Column::DecidedBy, Expr::value(change.decided_by));
    }
    let done = update
        .filter(Column::Id.eq(booking.id))
        .filter(Column::Status.eq(booking.status))
        .filter(Column::Version.eq(booking.version))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}
