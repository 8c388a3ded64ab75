use std::collections::HashSet;

use entity::account::{self, AccountStatus};
use entity::slot::{self, Column, SlotStatus};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

/// Locks accounts in one order, and tells which of them are in use.
pub async fn lock_active(
    conn: &impl ConnectionTrait,
    accounts: impl IntoIterator<Item = Uuid>,
) -> Result<HashSet<Uuid>, DbErr> {
    let rows = account::Entity::find()
        .filter(account::Column::Id.is_in(accounts))
        .order_by_asc(account::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(conn)
        .await?;
    let is_active = |row: &account::Model| row.status == AccountStatus::Active;
    Ok(rows.into_iter().filter(is_active).map(|row| row.id).collect())
}

/// Reserves slots that nobody has anything in yet for a lottery. Returns how many.
pub async fn reserve_for_lottery(
    conn: &impl ConnectionTrait,
    lottery_id: Uuid,
    slots: &[Uuid],
) -> Result<u64, DbErr> {
    let done = slot::Entity::update_many()
        .col_expr(Column::LotteryId, Expr::value(lottery_id))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.is_in(slots.iter().copied()))
        .filter(Column::Status.eq(SlotStatus::Open))
        .filter(Column::LotteryId.is_null())
        .filter(Column::Held.eq(0))
        .filter(Column::Booked.eq(0))
        .filter(Column::Waiting.eq(0))
        .exec(conn)
        .await?;
    Ok(done.rows_affected)
}

/// Lets the slots of a lottery be booked like others.
pub async fn end_lottery(conn: &impl ConnectionTrait, lottery_id: Uuid) -> Result<(), DbErr> {
    slot::Entity::update_many()
        .col_expr(Column::LotteryId, Expr::value(Option::<Uuid>::None))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::LotteryId.eq(lottery_id))
        .exec(conn)
        .await
        .map(|_| ())
}
