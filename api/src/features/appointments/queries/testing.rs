//! What a booking keeps of its samples and its result.

use chrono::{DateTime, Utc};
use entity::booking::{self, Column};
use entity::scope::OfLab as _;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use crate::platform::auth::LabScope;

/// As [`super::lab_booking`]; whoever else locks it waits until the end of the transaction.
pub async fn lock_lab_booking(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    id: Uuid,
) -> Result<Option<booking::Model>, DbErr> {
    booking::Entity::of_labs(scope).filter(Column::Id.eq(id)).lock_exclusive().one(conn).await
}

/// As [`lock_lab_booking`], for the system's own jobs.
pub async fn lock_booking(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<booking::Model>, DbErr> {
    booking::Entity::find_by_id(id).lock_exclusive().one(conn).await
}

/// Notes the number of the first sample, and of no other one.
pub async fn set_sample_number(
    conn: &impl ConnectionTrait,
    id: Uuid,
    number: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    booking::Entity::update_many()
        .col_expr(Column::SampleNumber, Expr::value(number))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id))
        .filter(Column::SampleNumber.is_null())
        .exec(conn)
        .await
        .map(|_| ())
}

pub async fn set_completed(
    conn: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    booking::Entity::update_many()
        .col_expr(Column::CompletedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Gives exactly the booking that was read its next version. False when it has another one.
pub async fn raise_version(
    conn: &impl ConnectionTrait,
    booking: &booking::Model,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = booking::Entity::update_many()
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(booking.id))
        .filter(Column::Version.eq(booking.version))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}
