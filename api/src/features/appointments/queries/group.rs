use entity::booking_roster::{self, Column};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

pub async fn insert_seats(
    conn: &impl ConnectionTrait,
    seats: Vec<booking_roster::ActiveModel>,
) -> Result<(), DbErr> {
    booking_roster::Entity::insert_many(seats).exec_without_returning(conn).await.map(|_| ())
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
