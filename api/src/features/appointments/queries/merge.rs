//! What two accounts of one person have that one account may have only once.

use chrono::{DateTime, Utc};
use entity::booking::{self, Column};
use entity::booking_pause;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::quota::{ACTIVE, AHEAD};

/// The active bookings of two accounts, those of one place and person together; with `slots`, of
/// those alone.
pub async fn active_of_both(
    conn: &impl ConnectionTrait,
    accounts: [Uuid; 2],
    slots: Option<Vec<Uuid>>,
) -> Result<Vec<booking::Model>, DbErr> {
    let mut select = booking::Entity::find()
        .filter(Column::AccountId.is_in(accounts))
        .filter(Expr::cust(ACTIVE))
        .order_by_asc(Column::SlotId)
        .order_by_asc(Column::PersonIndex)
        .order_by_asc(Column::Id);
    if let Some(slots) = slots {
        select = select.filter(Column::SlotId.is_in(slots));
    }
    select.all(conn).await
}

/// Makes an active booking one of somebody else in the eyes of the index that allows one a person.
pub async fn set_apart(conn: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    booking::Entity::update_many()
        .col_expr(Column::PersonIndex, Expr::value(id.as_bytes().to_vec()))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}

/// The bookings that count towards an account's quota, with their numbers.
pub async fn numbered(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
) -> Result<Vec<booking::Model>, DbErr> {
    booking::Entity::find()
        .filter(Column::AccountId.eq(account_id))
        .filter(Column::AccountQuotaNo.is_not_null())
        .filter(Expr::cust(AHEAD))
        .order_by_asc(Column::Id)
        .all(conn)
        .await
}

pub async fn set_account_number(
    conn: &impl ConnectionTrait,
    id: Uuid,
    number: Option<i32>,
) -> Result<(), DbErr> {
    booking::Entity::update_many()
        .col_expr(Column::AccountQuotaNo, Expr::value(number))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}

pub async fn pause(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
) -> Result<Option<booking_pause::Model>, DbErr> {
    booking_pause::Entity::find_by_id(account_id).one(conn).await
}

pub async fn lengthen_pause(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    until: DateTime<Utc>,
) -> Result<(), DbErr> {
    use booking_pause::Column;

    booking_pause::Entity::update_many()
        .col_expr(Column::Until, Expr::value(until))
        .filter(Column::AccountId.eq(account_id))
        .exec(conn)
        .await
        .map(|_| ())
}

pub async fn delete_pause(conn: &impl ConnectionTrait, account_id: Uuid) -> Result<(), DbErr> {
    booking_pause::Entity::delete_by_id(account_id).exec(conn).await.map(|_| ())
}
