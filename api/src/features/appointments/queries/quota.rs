//! What somebody has already. The conditions on the status are spelt as those of the partial
//! indexes, so that a prepared statement can use them.

use chrono::{DateTime, Utc};
use entity::booking::{self, Column};
use entity::{account, booking_pause};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
};
use uuid::Uuid;

/// One place or wait per person and slot.
pub(super) const ACTIVE: &str = "status IN ('held', 'pending_lab', 'confirmed', 'checked_in', 'testing', 'waitlisted', 'offered')";
/// Counts towards the quota: the visit lies ahead.
pub(super) const AHEAD: &str = "status IN ('held', 'pending_lab', 'confirmed', 'offered')";

/// An active booking, as far as it stands in the way of another one.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Standing {
    pub id: Uuid,
    pub slot_id: Uuid,
    pub person_index: Vec<u8>,
    pub account_quota_no: Option<i32>,
    pub is_ahead: bool,
}

/// The active bookings of an account, or of a phone whose owner has none.
pub async fn standing(
    conn: &impl ConnectionTrait,
    account_id: Option<Uuid>,
    phone_index: Option<&[u8]>,
) -> Result<Vec<Standing>, DbErr> {
    let select = booking::Entity::find()
        .select_only()
        .columns([Column::Id, Column::SlotId, Column::PersonIndex, Column::AccountQuotaNo])
        .expr_as(Expr::cust(AHEAD), "is_ahead")
        .filter(Expr::cust(ACTIVE));
    let select = match (account_id, phone_index) {
        (Some(account_id), _) => select.filter(Column::AccountId.eq(account_id)),
        (None, Some(phone)) => {
            select.filter(Column::AccountId.is_null()).filter(Column::PhoneIndex.eq(phone))
        }
        (None, None) => return Ok(Vec::new()),
    };
    select.into_model().all(conn).await
}

/// The numbers in use of a phone's quota.
pub async fn phone_numbers(conn: &impl ConnectionTrait, phone: &[u8]) -> Result<Vec<i32>, DbErr> {
    booking::Entity::find()
        .select_only()
        .column(Column::PhoneQuotaNo)
        .filter(Column::PhoneIndex.eq(phone))
        .filter(Column::PhoneQuotaNo.is_not_null())
        .filter(Expr::cust(AHEAD))
        .into_tuple()
        .all(conn)
        .await
}

/// Who asks. Locked, nobody else who locks books for the same account meanwhile; who does not lock
/// may, for a lock against them would wait for their foreign key and they for our quota's number.
pub async fn asker(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    is_locked: bool,
) -> Result<Option<account::Model>, DbErr> {
    let select = account::Entity::find_by_id(account_id);
    if is_locked {
        select.lock(LockType::NoKeyUpdate).one(conn).await
    } else {
        select.one(conn).await
    }
}

pub async fn is_paused(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let pause = booking_pause::Entity::find_by_id(account_id)
        .filter(booking_pause::Column::Until.gt(now))
        .one(conn)
        .await?;
    Ok(pause.is_some())
}
