//! Statements about many bookings at once.

use std::collections::HashSet;

use chrono::NaiveDate;
use entity::{booking, booking_event, slot};
use sea_orm::sea_query::{
    Expr, InsertStatement, IntoIden as _, LockType, OnConflict, Query, TableRef, ValueTuple,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait as _,
};
use uuid::Uuid;

use super::slots::takes_bookings;
use crate::platform::db::{in_parts, kept_length, padded, write_at_once};

pub fn inserts_of_bookings(
    rows: Vec<booking::ActiveModel>,
) -> impl Iterator<Item = InsertStatement> {
    in_parts(rows).into_iter().map(|part| booking::Entity::insert_many(part).into_query())
}

/// Which of the rows no other stands in the way of. PostgreSQL looks for those in every index before
/// it writes.
pub async fn insert_free_bookings(
    conn: &impl ConnectionTrait,
    rows: Vec<booking::ActiveModel>,
) -> Result<HashSet<Uuid>, DbErr> {
    let mut inserted = HashSet::with_capacity(rows.len());
    for part in in_parts(rows) {
        let insert = booking::Entity::insert_many(part)
            .on_conflict(OnConflict::new().do_nothing().to_owned());
        inserted.extend(insert.exec_with_returning_keys(conn).await?);
    }
    Ok(inserted)
}

pub fn inserts_of_events(
    rows: Vec<booking_event::ActiveModel>,
) -> impl Iterator<Item = InsertStatement> {
    in_parts(rows).into_iter().map(|part| booking_event::Entity::insert_many(part).into_query())
}

/// A slot that nobody else gives places of meanwhile.
#[derive(Clone, Debug, FromQueryResult)]
pub struct LockedSlot {
    #[sea_orm(nested)]
    pub slot: slot::Model,
    /// The lab and the service take bookings.
    pub is_offered: bool,
}

/// As `lock_slots`, with what stands beside the slots; who only refers to one of them is not kept
/// waiting.
pub async fn lock_offered_slots(
    conn: &impl ConnectionTrait,
    slots: impl IntoIterator<Item = Uuid>,
    today: NaiveDate,
) -> Result<Vec<LockedSlot>, DbErr> {
    slot::Entity::find()
        .expr_as(takes_bookings(today), "is_offered")
        .filter(slot::Column::Id.is_in(padded(slots)))
        .order_by_asc(slot::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .into_model()
        .all(conn)
        .await
}

/// The list of what is taken, with the columns as both engines name those of `VALUES`.
const TAKEN: &str = "taken";
const SLOT_ID: (&str, &str) = (TAKEN, "column1");
const UNITS: (&str, &str) = (TAKEN, "column2");

/// Holds units of slots that the caller has locked and looked at, and writes what belongs to it. False
/// when that cannot be, because somebody did not keep to the lock; the CHECK on the table is the last
/// word.
pub async fn hold_units(
    conn: &impl ConnectionTrait,
    units: impl IntoIterator<Item = (Uuid, i32)>,
    with: Vec<InsertStatement>,
) -> Result<bool, DbErr> {
    let units: Vec<(Uuid, i32)> = units.into_iter().collect();
    let expected = units.len() as u64;
    let mut rows: Vec<ValueTuple> = units.into_iter().map(Into::into).collect();
    while kept_length(rows.len()) != rows.len() {
        // Nobody's slot.
        rows.push((Uuid::nil(), 0).into());
    }
    let held = (slot::Entity, slot::Column::Held);
    let version = (slot::Entity, slot::Column::Version);
    let update = Query::update()
        .table(slot::Entity)
        .value(slot::Column::Held, Expr::col(held).add(Expr::col(UNITS)))
        .value(slot::Column::Version, Expr::col(version).add(1))
        .from(TableRef::ValuesList(rows, TAKEN.into_iden()))
        .and_where(Expr::col((slot::Entity, slot::Column::Id)).eq(Expr::col(SLOT_ID)))
        .to_owned();
    Ok(write_at_once(conn, with, update).await? == expected)
}
