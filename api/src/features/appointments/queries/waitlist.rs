use chrono::{DateTime, Utc};
use entity::booking::{self, BookingStatus, Column};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

fn waiting_in(slot_id: Uuid) -> Select<booking::Entity> {
    booking::Entity::find()
        .filter(Column::SlotId.eq(slot_id))
        .filter(Column::Status.eq(BookingStatus::Waitlisted))
}

/// Who waits for a place in a slot, first come first. Under the lock of the slot nobody joins or leaves.
pub async fn line(
    conn: &impl ConnectionTrait,
    slot_id: Uuid,
    after: i64,
    limit: u64,
) -> Result<Vec<booking::Model>, DbErr> {
    waiting_in(slot_id)
        .filter(Column::WaitlistNo.gt(after))
        .order_by_asc(Column::WaitlistNo)
        .limit(limit)
        .all(conn)
        .await
}

/// How many wait before a number.
pub async fn count_before(
    conn: &impl ConnectionTrait,
    slot_id: Uuid,
    number: i64,
) -> Result<u64, DbErr> {
    waiting_in(slot_id).filter(Column::WaitlistNo.lt(number)).count(conn).await
}

/// A booking as it stands, which nobody changes until the transaction ends.
pub async fn locked_booking(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<booking::Model>, DbErr> {
    booking::Entity::find_by_id(id).lock_exclusive().one(conn).await
}

pub async fn set_offer_end(
    conn: &impl ConnectionTrait,
    id: Uuid,
    until: DateTime<Utc>,
) -> Result<(), DbErr> {
    booking::Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(until))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}

/// What an accepted offer gets: its numbers of the quotas, and the time by which the lab answers.
pub async fn set_accepted(
    conn: &impl ConnectionTrait,
    id: Uuid,
    (account_no, phone_no): (Option<i32>, Option<i32>),
    confirm_by: DateTime<Utc>,
) -> Result<(), DbErr> {
    booking::Entity::update_many()
        .col_expr(Column::AccountQuotaNo, Expr::value(account_no))
        .col_expr(Column::PhoneQuotaNo, Expr::value(phone_no))
        .col_expr(Column::ExpiresAt, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(Column::ConfirmBy, Expr::value(confirm_by))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}
