//! What somebody has already. The conditions on the status are spelt as those of the partial
//! indexes, so that a prepared statement can use them.

use chrono::{DateTime, Utc};
use entity::booking::{self, Column};
use entity::{account, booking_pause};
use sea_orm::sea_query::{Expr, Func, IntoCondition as _, LockType, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait as _, FromQueryResult, JoinType,
    QueryFilter, QuerySelect, RelationDef, Select,
};
use uuid::Uuid;

use crate::platform::db::padded;

/// One place or wait per person and slot.
pub(super) const ACTIVE: &str = "status IN ('held', 'pending_lab', 'confirmed', 'checked_in', 'testing', 'waitlisted', 'offered')";
/// Counts towards the quota: the visit lies ahead.
pub(super) const AHEAD: &str = "status IN ('held', 'pending_lab', 'confirmed', 'offered')";

/// An active booking, as far as it stands in the way of another one.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Standing {
    pub slot_id: Uuid,
    pub person_index: Vec<u8>,
    pub account_quota_no: Option<i32>,
    pub is_ahead: bool,
    pub is_active: bool,
}

/// The active bookings of an account, or of a phone whose owner has none.
pub async fn standing(
    conn: &impl ConnectionTrait,
    account_id: Option<Uuid>,
    phone_index: Option<&[u8]>,
) -> Result<Vec<Standing>, DbErr> {
    let select = match (account_id, phone_index) {
        (Some(account_id), _) => active().filter(Column::AccountId.eq(account_id)),
        (None, Some(phone)) => {
            active().filter(Column::AccountId.is_null()).filter(Column::PhoneIndex.eq(phone))
        }
        (None, None) => return Ok(Vec::new()),
    };
    select.into_model().all(conn).await
}

fn active() -> Select<booking::Entity> {
    what_stands(booking::Entity::find().select_only()).filter(Expr::cust(ACTIVE))
}

/// The columns of a [`Standing`].
fn what_stands<E: EntityTrait>(select: Select<E>) -> Select<E> {
    select
        .columns([Column::SlotId, Column::PersonIndex, Column::AccountQuotaNo])
        .expr_as(Expr::cust(of_booking(AHEAD)), "is_ahead")
        .expr_as(Expr::cust(of_booking(ACTIVE)), "is_active")
}

/// A condition where other tables have a status too.
fn of_booking(condition: &str) -> String {
    condition.replacen("status", "bookings.status", 1)
}

/// The numbers in use of a phone's quota.
pub async fn phone_numbers(conn: &impl ConnectionTrait, phone: &[u8]) -> Result<Vec<i32>, DbErr> {
    let numbers = numbers_of_phones(conn, [phone]).await?;
    Ok(numbers.into_iter().map(|(_, number)| number).collect())
}

/// As [`phone_numbers`], of several phones: (phone, number).
pub async fn numbers_of_phones(
    conn: &impl ConnectionTrait,
    phones: impl IntoIterator<Item = &[u8]>,
) -> Result<Vec<(Vec<u8>, i32)>, DbErr> {
    booking::Entity::find()
        .select_only()
        .columns([Column::PhoneIndex, Column::PhoneQuotaNo])
        .filter(Column::PhoneIndex.is_in(padded(phones)))
        .filter(Column::PhoneQuotaNo.is_not_null())
        .filter(Expr::cust(AHEAD))
        .into_tuple()
        .all(conn)
        .await
}

/// What lets somebody book before others.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct Precedence {
    /// Where they live, as far as they said.
    pub region_code: Option<String>,
    /// A lab cancelled what they had.
    pub goes_first: bool,
}

/// What a booking needs to know of an account.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct AskerRow {
    pub id: Uuid,
    #[sea_orm(nested)]
    pub precedence: Precedence,
    pub phone_index: Option<Vec<u8>>,
    /// May not book for a while.
    pub is_paused: bool,
}

/// Nobody else who locks books for the same account meanwhile; who does not lock may, for a lock
/// against them would wait for their foreign key and they for our quota's number.
pub async fn lock_account(conn: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    let select = account::Entity::find_by_id(id).select_only().column(account::Column::Id);
    select.lock(LockType::NoKeyUpdate).into_tuple::<Uuid>().one(conn).await.map(|_| ())
}

/// Who asks.
pub async fn asker(
    conn: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<AskerRow>, DbErr> {
    with_priority(now).filter(account::Column::Id.eq(id)).into_model().one(conn).await
}

/// As [`asker`], several.
pub async fn askers(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
    now: DateTime<Utc>,
) -> Result<Vec<AskerRow>, DbErr> {
    with_priority(now).filter(account::Column::Id.is_in(padded(ids))).into_model().all(conn).await
}

/// One who asks, once for each of their bookings that are active or gave priority.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct StandingAsker {
    #[sea_orm(nested)]
    pub asker: AskerRow,
    /// None if they have none.
    #[sea_orm(nested)]
    pub standing: Option<Standing>,
}

/// As [`asker`] and [`standing`], of several. The condition is spelt so that no index has the status: a
/// plan that was made while there were few bookings would read through all bookings of those states for
/// as long as it is kept, instead of looking up each account.
pub async fn standing_askers(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
    now: DateTime<Utc>,
) -> Result<Vec<StandingAsker>, DbErr> {
    let bookings: RelationDef = booking::Entity::belongs_to(account::Entity)
        .from(Column::AccountId)
        .to(account::Column::Id)
        .into();
    let active = Expr::cust(of_booking(ACTIVE).replacen("status", "status || ''", 1));
    let matters = active.or(gives_priority(now));
    let bookings = bookings.rev().on_condition(move |_, _| matters.clone().into_condition());
    what_stands(accounts(now))
        .expr_as(Func::coalesce([gives_priority(now), Expr::value(false)]), "goes_first")
        .join(JoinType::LeftJoin, bookings)
        .filter(account::Column::Id.is_in(padded(ids)))
        .into_model()
        .all(conn)
        .await
}

/// Of a booking that a lab cancelled not long ago.
fn gives_priority(now: DateTime<Utc>) -> Expr {
    Expr::col((booking::Entity, Column::PriorityUntil)).gt(now)
}

fn with_priority(now: DateTime<Utc>) -> Select<account::Entity> {
    let owner = Expr::col((booking::Entity, Column::AccountId));
    let cancelled = Query::select()
        .expr(Expr::value(1))
        .from(booking::Entity)
        .and_where(owner.equals((account::Entity, account::Column::Id)))
        .and_where(gives_priority(now))
        .take();
    accounts(now).expr_as(Expr::exists(cancelled), "goes_first")
}

fn accounts(now: DateTime<Utc>) -> Select<account::Entity> {
    let pause = (booking_pause::Entity, booking_pause::Column::AccountId);
    let pauses = Query::select()
        .expr(Expr::value(1))
        .from(booking_pause::Entity)
        .and_where(Expr::col(pause).equals((account::Entity, account::Column::Id)))
        .and_where(booking_pause::Column::Until.gt(now))
        .take();
    account::Entity::find()
        .select_only()
        .columns([account::Column::Id, account::Column::RegionCode, account::Column::PhoneIndex])
        .expr_as(Expr::exists(pauses), "is_paused")
}
