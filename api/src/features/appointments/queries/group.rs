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

/// The group goes where its booking went.
pub async fn move_seats(conn: &impl ConnectionTrait, from: Uuid, to: Uuid) -> Result<(), DbErr> {
    booking_roster::Entity::update_many()
        .col_expr(Column::BookingId, Expr::value(to))
        .filter(Column::BookingId.eq(from))
        .exec(conn)
        .await
        .map(|_| ())
}
