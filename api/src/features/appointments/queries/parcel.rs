use chrono::{DateTime, Utc};
use entity::booking::{self, Column};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

/// Notes the parcel of exactly the booking that was read. False when it changed meanwhile.
pub async fn set_parcel_number(
    conn: &impl ConnectionTrait,
    booking: &booking::Model,
    number: String,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = booking::Entity::update_many()
        .col_expr(Column::ParcelNumber, Expr::value(number))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(booking.id))
        .filter(Column::Version.eq(booking.version))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}
