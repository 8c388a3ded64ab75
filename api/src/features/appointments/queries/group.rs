use chrono::{DateTime, Utc};
use entity::booking;
use entity::booking_roster::{self, Column};
use sea_orm::sea_query::{Expr, InsertStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QueryTrait as _,
};
use uuid::Uuid;

use crate::platform::db::in_parts;

pub async fn insert_seats(
    conn: &impl ConnectionTrait,
    seats: Vec<booking_roster::ActiveModel>,
) -> Result<(), DbErr> {
    for insert in inserts_of_seats(seats) {
        conn.execute(&insert).await?;
    }
    Ok(())
}

pub fn inserts_of_seats(
    seats: Vec<booking_roster::ActiveModel>,
) -> impl Iterator<Item = InsertStatement> {
    in_parts(seats).into_iter().map(|part| booking_roster::Entity::insert_many(part).into_query())
}

pub async fn seats(
    conn: &impl ConnectionTrait,
    booking_id: Uuid,
) -> Result<Vec<booking_roster::Model>, DbErr> {
    booking_roster::Entity::find()
        .filter(Column::BookingId.eq(booking_id))
        .order_by_asc(Column::Position)
        .all(conn)
        .await
}

/// Notes that all of a group came by now but those in some places, who did not.
pub async fn set_arrived(
    conn: &impl ConnectionTrait,
    booking_id: Uuid,
    absent: &[i32],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let of_booking =
        || booking_roster::Entity::update_many().filter(Column::BookingId.eq(booking_id));
    of_booking()
        .col_expr(Column::ArrivedAt, Expr::value(now))
        .filter(Column::ArrivedAt.is_null())
        .filter(Column::Position.is_not_in(absent.iter().copied()))
        .exec(conn)
        .await?;
    if absent.is_empty() {
        return Ok(());
    }
    of_booking()
        .col_expr(Column::ArrivedAt, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(Column::Position.is_in(absent.iter().copied()))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Notes how many of a group did not come, which outlives the list.
pub async fn set_absent(
    conn: &impl ConnectionTrait,
    booking_id: Uuid,
    units: i32,
) -> Result<(), DbErr> {
    booking::Entity::update_many()
        .col_expr(booking::Column::UnitsAbsent, Expr::value(units))
        .filter(booking::Column::Id.eq(booking_id))
        .exec(conn)
        .await
        .map(|_| ())
}

/// The group goes where its booking went.
pub async fn move_seats(conn: &impl ConnectionTrait, from: Uuid, to: Uuid) -> Result<(), DbErr> {
    booking_roster::Entity::update_many()
        .col_expr(Column::BookingId, Expr::value(to))
        .filter(Column::BookingId.eq(from))
        .exec(conn)
        .await
        .map(|_| ())
}
