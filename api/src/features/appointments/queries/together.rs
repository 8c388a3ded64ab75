//! Statements about many bookings at once.

use chrono::NaiveDate;
use entity::{booking, booking_event, slot};
use sea_orm::sea_query::{Expr, IntoIden as _, OnConflict, Query, TableRef, ValueTuple};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use super::slots::takes_bookings;
use crate::platform::db::{in_parts, padded};

/// Those of the rows that no other stands in the way of.
pub async fn insert_bookings(
    conn: &impl ConnectionTrait,
    rows: Vec<booking::ActiveModel>,
) -> Result<Vec<booking::Model>, DbErr> {
    let mut inserted = Vec::with_capacity(rows.len());
    for part in in_parts(rows) {
        let insert = booking::Entity::insert_many(part)
            .on_conflict(OnConflict::new().do_nothing().to_owned());
        inserted.extend(insert.exec_with_returning(conn).await?);
    }
    Ok(inserted)
}

pub async fn insert_events(
    conn: &impl ConnectionTrait,
    rows: Vec<booking_event::ActiveModel>,
) -> Result<(), DbErr> {
    for part in in_parts(rows) {
        booking_event::Entity::insert_many(part).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// Which of the slots are of a lab and a service that take bookings.
pub async fn taking_bookings(
    conn: &impl ConnectionTrait,
    slots: impl IntoIterator<Item = Uuid>,
    today: NaiveDate,
) -> Result<Vec<Uuid>, DbErr> {
    slot::Entity::find()
        .select_only()
        .column(slot::Column::Id)
        .filter(slot::Column::Id.is_in(padded(slots)))
        .filter(takes_bookings(today))
        .into_tuple()
        .all(conn)
        .await
}

/// The list of what is taken, with the columns as both engines name those of `VALUES`.
const TAKEN: &str = "taken";
const SLOT_ID: (&str, &str) = (TAKEN, "column1");
const UNITS: (&str, &str) = (TAKEN, "column2");

/// Holds units of slots that the caller has locked and looked at. False when that cannot be, because
/// somebody did not keep to the lock; the CHECK on the table is the last word.
pub async fn hold_units(
    conn: &impl ConnectionTrait,
    units: impl IntoIterator<Item = (Uuid, i32)>,
) -> Result<bool, DbErr> {
    let mut rows: Vec<ValueTuple> = units.into_iter().map(|(id, n)| (id, n).into()).collect();
    let expected = rows.len() as u64;
    // Nobody's slot.
    rows.resize(rows.len().next_power_of_two(), (Uuid::nil(), 0).into());
    let held = (slot::Entity, slot::Column::Held);
    let version = (slot::Entity, slot::Column::Version);
    let update = Query::update()
        .table(slot::Entity)
        .value(slot::Column::Held, Expr::col(held).add(Expr::col(UNITS)))
        .value(slot::Column::Version, Expr::col(version).add(1))
        .from(TableRef::ValuesList(rows, TAKEN.into_iden()))
        .and_where(Expr::col((slot::Entity, slot::Column::Id)).eq(Expr::col(SLOT_ID)))
        .to_owned();
    Ok(conn.execute(&update).await?.rows_affected() == expected)
}
