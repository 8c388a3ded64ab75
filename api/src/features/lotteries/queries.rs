//! All SQL of lotteries and their entries.

use chrono::{DateTime, Utc};
use entity::lottery::{self, LotteryStatus};
use entity::lottery_entry::{self, LotteryEntryStatus};
use entity::lottery_slot;
use entity::scope::{Common as _, Owned as _};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

pub async fn insert_lottery(
    conn: &impl ConnectionTrait,
    row: lottery::ActiveModel,
    slots: Vec<lottery_slot::ActiveModel>,
) -> Result<lottery::Model, DbErr> {
    let lottery = lottery::Entity::insert(row).exec_with_returning(conn).await?;
    lottery_slot::Entity::insert_many(slots).exec_without_returning(conn).await?;
    Ok(lottery)
}

pub async fn update_lottery(
    conn: &impl ConnectionTrait,
    row: lottery::ActiveModel,
) -> Result<lottery::Model, DbErr> {
    lottery::Entity::update(row).exec(conn).await
}

pub async fn lottery(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<lottery::Model>, DbErr> {
    lottery::Entity::find_by_id(id).one(conn).await
}

/// As it stays until the transaction ends.
pub async fn locked_lottery(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<lottery::Model>, DbErr> {
    lottery::Entity::find_by_id(id).lock_exclusive().one(conn).await
}

/// As [`locked_lottery`], beside others who only want it to stay as it is.
pub async fn shared_lottery(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<lottery::Model>, DbErr> {
    lottery::Entity::find_by_id(id).lock_shared().one(conn).await
}

pub async fn lottery_page(
    conn: &impl ConnectionTrait,
    lab_id: Option<Uuid>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<lottery::Model>, DbErr> {
    let mut select = lottery::Entity::common();
    if let Some(lab_id) = lab_id {
        select = select.filter(lottery::Column::LabId.eq(lab_id));
    }
    let key = (lottery::Column::CreatedAt, lottery::Column::Id);
    page_of(select, key, Direction::Descending, cursor, limit).all(conn).await
}

pub async fn slots_of(
    conn: &impl ConnectionTrait,
    lotteries: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<lottery_slot::Model>, DbErr> {
    use lottery_slot::Column;

    lottery_slot::Entity::find()
        .filter(Column::LotteryId.is_in(lotteries))
        .order_by_asc(Column::LotteryId)
        .order_by_asc(Column::SlotId)
        .all(conn)
        .await
}

pub async fn has_slot(
    conn: &impl ConnectionTrait,
    lottery_id: Uuid,
    slot_id: Uuid,
) -> Result<bool, DbErr> {
    let found = lottery_slot::Entity::find_by_id((lottery_id, slot_id)).one(conn).await?;
    Ok(found.is_some())
}

/// Notes how many places of a slot there were to be drawn.
pub async fn set_places(
    conn: &impl ConnectionTrait,
    lottery_id: Uuid,
    slot_id: Uuid,
    places: i32,
) -> Result<(), DbErr> {
    lottery_slot::Entity::update_many()
        .col_expr(lottery_slot::Column::Places, Expr::value(places))
        .filter(lottery_slot::Column::LotteryId.eq(lottery_id))
        .filter(lottery_slot::Column::SlotId.eq(slot_id))
        .exec(conn)
        .await
        .map(|_| ())
}

pub async fn insert_entry(
    conn: &impl ConnectionTrait,
    row: lottery_entry::ActiveModel,
) -> Result<lottery_entry::Model, DbErr> {
    lottery_entry::Entity::insert(row).exec_with_returning(conn).await
}

pub async fn own_entry(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    id: Uuid,
) -> Result<Option<lottery_entry::Model>, DbErr> {
    lottery_entry::Entity::owned_by(account_id)
        .filter(lottery_entry::Column::Id.eq(id))
        .one(conn)
        .await
}

pub async fn own_page(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<lottery_entry::Model>, DbErr> {
    let key = (lottery_entry::Column::CreatedAt, lottery_entry::Column::Id);
    let own = lottery_entry::Entity::owned_by(account_id);
    page_of(own, key, Direction::Descending, cursor, limit).all(conn).await
}

pub async fn entry_page(
    conn: &impl ConnectionTrait,
    lottery_id: Uuid,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<lottery_entry::Model>, DbErr> {
    let of_lottery =
        lottery_entry::Entity::common().filter(lottery_entry::Column::LotteryId.eq(lottery_id));
    let key = (lottery_entry::Column::CreatedAt, lottery_entry::Column::Id);
    page_of(of_lottery, key, Direction::Ascending, cursor, limit).all(conn).await
}

pub async fn delete_entry(conn: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    lottery_entry::Entity::delete_by_id(id).exec(conn).await.map(|_| ())
}

/// What of an entry takes part in the draw.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct TicketRow {
    pub id: Uuid,
    pub slot_id: Uuid,
}

pub async fn tickets(
    conn: &impl ConnectionTrait,
    lottery_id: Uuid,
) -> Result<Vec<TicketRow>, DbErr> {
    lottery_entry::Entity::find()
        .select_only()
        .columns([lottery_entry::Column::Id, lottery_entry::Column::SlotId])
        .filter(lottery_entry::Column::LotteryId.eq(lottery_id))
        .into_model()
        .all(conn)
        .await
}

pub async fn entries(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<lottery_entry::Model>, DbErr> {
    lottery_entry::Entity::find().filter(lottery_entry::Column::Id.is_in(ids)).all(conn).await
}

/// Entries of a lottery that nothing has become of.
pub async fn unsettled(
    conn: &impl ConnectionTrait,
    lottery_id: Uuid,
    limit: u64,
) -> Result<Vec<lottery_entry::Model>, DbErr> {
    lottery_entry::Entity::find()
        .filter(lottery_entry::Column::LotteryId.eq(lottery_id))
        .filter(lottery_entry::Column::Status.eq(LotteryEntryStatus::Entered))
        .limit(limit)
        .all(conn)
        .await
}

/// What became of an entry.
pub async fn settle_entry(
    conn: &impl ConnectionTrait,
    id: Uuid,
    status: LotteryEntryStatus,
    rank: Option<i32>,
    booking_id: Option<Uuid>,
) -> Result<(), DbErr> {
    use lottery_entry::Column;

    lottery_entry::Entity::update_many()
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::Rank, Expr::value(rank))
        .col_expr(Column::BookingId, Expr::value(booking_id))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}

pub async fn set_settled(
    conn: &impl ConnectionTrait,
    id: Uuid,
    rank: i32,
    status: LotteryStatus,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    use lottery::Column;

    lottery::Entity::update_many()
        .col_expr(Column::SettledRank, Expr::value(rank))
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Makes the entries of `from` nobody's that wait for a draw in which `into` takes part too.
pub async fn give_up_doubles(
    conn: &impl ConnectionTrait,
    from: Uuid,
    into: Uuid,
) -> Result<(), DbErr> {
    use lottery_entry::Column;

    let of_both = Query::select()
        .column(Column::LotteryId)
        .from(lottery_entry::Entity)
        .and_where(Expr::col(Column::AccountId).eq(into))
        .and_where(Expr::col(Column::Rank).is_null())
        .take();
    lottery_entry::Entity::update_many()
        .col_expr(Column::AccountId, Expr::value(Option::<Uuid>::None))
        .col_expr(Column::ProductName, Expr::value(Option::<String>::None))
        .filter(Column::AccountId.eq(from))
        .filter(Column::Rank.is_null())
        .filter(Column::LotteryId.in_subquery(of_both))
        .exec(conn)
        .await
        .map(|_| ())
}
