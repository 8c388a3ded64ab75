//! Who came, and who did not.

use chrono::{DateTime, Utc};
use entity::booking::{self, BookingStatus, Column};
use entity::booking_pause;
use entity::scope::OfLab as _;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;

use super::group::set_arrived;
use crate::platform::auth::LabScope;

/// A booking by what its owner reads aloud.
pub async fn lab_booking_of_code(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    public_code: &str,
) -> Result<Option<booking::Model>, DbErr> {
    booking::Entity::of_labs(scope).filter(Column::PublicCode.eq(public_code)).one(conn).await
}

/// Whose parcel comes. Several may share one: then the first that is expected, and if none is any more
/// the first of all.
pub async fn lab_booking_of_parcel(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    parcel_number: &str,
) -> Result<Option<booking::Model>, DbErr> {
    let is_expected = Expr::expr(Column::Status.eq(BookingStatus::Confirmed));
    booking::Entity::of_labs(scope)
        .filter(Column::ParcelNumber.eq(parcel_number))
        .into_select()
        .order_by_desc(is_expected)
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .one(conn)
        .await
}

/// Notes who let somebody in, with all who are on their list.
pub async fn set_checked_in(
    conn: &impl ConnectionTrait,
    id: Uuid,
    by: Uuid,
    place: Option<String>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    booking::Entity::update_many()
        .col_expr(Column::CheckedInAt, Expr::value(now))
        .col_expr(Column::CheckedInBy, Expr::value(by))
        .col_expr(Column::CheckedInPlace, Expr::value(place))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await?;
    set_arrived(conn, id, &[], now).await
}

/// How often somebody did not come.
pub async fn count_no_shows(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    since: DateTime<Utc>,
) -> Result<u64, DbErr> {
    booking::Entity::find()
        .filter(Column::AccountId.eq(account_id))
        .filter(Column::Status.eq(BookingStatus::NoShow))
        .filter(Column::UpdatedAt.gt(since))
        .count(conn)
        .await
}

/// Lets somebody not book for a while; a pause that lasts longer stays.
pub async fn put_pause(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    until: DateTime<Utc>,
    reason_code: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    use booking_pause::{ActiveModel, Column, Entity};

    let row = ActiveModel {
        account_id: Set(account_id),
        until: Set(until),
        reason_code: Set(reason_code.to_owned()),
        created_at: Set(now),
    };
    let longer = OnConflict::column(Column::AccountId)
        .update_columns([Column::Until, Column::ReasonCode, Column::CreatedAt])
        .action_and_where(Expr::col((Entity, Column::Until)).lt(until))
        .to_owned();
    Entity::insert(row).on_conflict(longer).exec_without_returning(conn).await.map(|_| ())
}

/// When somebody did not come, oldest first.
pub async fn no_shows(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
) -> Result<Vec<DateTime<Utc>>, DbErr> {
    booking::Entity::find()
        .select_only()
        .column(Column::UpdatedAt)
        .filter(Column::AccountId.eq(account_id))
        .filter(Column::Status.eq(BookingStatus::NoShow))
        .order_by_asc(Column::UpdatedAt)
        .into_tuple()
        .all(conn)
        .await
}

/// Makes a pause that was given for one reason end at another time, or at once.
pub async fn end_pause(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    reason_code: &str,
    until: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    use booking_pause::{Column, Entity};

    let is_this = Column::AccountId.eq(account_id).and(Column::ReasonCode.eq(reason_code));
    match until {
        None => Entity::delete_many().filter(is_this).exec(conn).await.map(|_| ()),
        Some(until) => Entity::update_many()
            .col_expr(Column::Until, Expr::value(until))
            .filter(is_this)
            .exec(conn)
            .await
            .map(|_| ()),
    }
}
