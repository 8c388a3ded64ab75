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

/// Who waits for a place in a slot, first come first.
pub async fn waiting(
    conn: &impl ConnectionTrait,
    slot_id: Uuid,
    limit: u64,
) -> Result<Vec<booking::Model>, DbErr> {
    waiting_in(slot_id).order_by_asc(Column::WaitlistNo).limit(limit).all(conn).await
}

/// How many wait, of all or of those before a number.
pub async fn count_waiting(
    conn: &impl ConnectionTrait,
    slot_id: Uuid,
    before: Option<i64>,
) -> Result<u64, DbErr> {
    let mut select = waiting_in(slot_id);
    if let Some(number) = before {
        select = select.filter(Column::WaitlistNo.lt(number));
    }
    select.count(conn).await
}

/// The last number given in a slot, whatever became of it. Asked under the lock of the slot.
pub async fn last_waitlist_no(
    conn: &impl ConnectionTrait,
    slot_id: Uuid,
) -> Result<Option<i64>, DbErr> {
    let last = booking::Entity::find()
        .select_only()
        .column(Column::WaitlistNo)
        .filter(Column::SlotId.eq(slot_id))
        .filter(Column::WaitlistNo.is_not_null())
        .order_by_desc(Column::WaitlistNo)
        .into_tuple::<i64>();
    last.one(conn).await
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
