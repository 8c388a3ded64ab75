use chrono::{DateTime, Utc};
use entity::booking::{self, BookingStatus, Column};
use entity::booking_event;
use entity::scope::{OfLab as _, Owned as _};
use entity::slot;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::features::appointments::model::is_final;
use crate::platform::auth::LabScope;
use crate::platform::db::{Cursor, Direction, page_of};

pub async fn insert_booking(
    conn: &impl ConnectionTrait,
    row: booking::ActiveModel,
) -> Result<booking::Model, DbErr> {
    booking::Entity::insert(row).exec_with_returning(conn).await
}

pub async fn insert_event(
    conn: &impl ConnectionTrait,
    row: booking_event::ActiveModel,
) -> Result<(), DbErr> {
    booking_event::Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

pub async fn events(
    conn: &impl ConnectionTrait,
    booking_id: Uuid,
) -> Result<Vec<booking_event::Model>, DbErr> {
    booking_event::Entity::find()
        .filter(booking_event::Column::BookingId.eq(booking_id))
        .order_by_asc(booking_event::Column::At)
        .order_by_asc(booking_event::Column::Id)
        .all(conn)
        .await
}

pub async fn own_booking(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    id: Uuid,
) -> Result<Option<booking::Model>, DbErr> {
    booking::Entity::owned_by(account_id).filter(Column::Id.eq(id)).one(conn).await
}

pub async fn own_page(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<booking::Model>, DbErr> {
    let key = (Column::CreatedAt, Column::Id);
    page_of(booking::Entity::owned_by(account_id), key, Direction::Descending, cursor, limit)
        .all(conn)
        .await
}

/// A booking of one of the labs in scope.
pub async fn lab_booking(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    id: Uuid,
) -> Result<Option<booking::Model>, DbErr> {
    booking::Entity::of_labs(scope).filter(Column::Id.eq(id)).one(conn).await
}

pub async fn lab_page(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    status: Option<BookingStatus>,
    public_code: Option<&str>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<booking::Model>, DbErr> {
    let mut select = booking::Entity::of_labs(scope);
    if let Some(status) = status {
        select = select.filter(Column::Status.eq(status));
    }
    if let Some(code) = public_code {
        select = select.filter(Column::PublicCode.eq(code));
    }
    let key = (Column::CreatedAt, Column::Id);
    page_of(select, key, Direction::Descending, cursor, limit).all(conn).await
}

/// A booking by id, for the system's own jobs.
pub async fn any_booking(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<booking::Model>, DbErr> {
    booking::Entity::find_by_id(id).one(conn).await
}

/// The bookings of an account that can still be cancelled, in slots that begin after `after`, or in any.
pub async fn open_bookings(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    after: Option<DateTime<Utc>>,
) -> Result<Vec<Uuid>, DbErr> {
    let mut select = booking::Entity::owned_by(account_id)
        .into_select()
        .select_only()
        .column(Column::Id)
        .filter(Column::Status.is_in([
            BookingStatus::Held,
            BookingStatus::PendingLab,
            BookingStatus::Confirmed,
            BookingStatus::Waitlisted,
            BookingStatus::Offered,
        ]));
    if let Some(after) = after {
        let later = Query::select()
            .column(slot::Column::Id)
            .from(slot::Entity)
            .and_where(slot::Column::StartsAt.gt(after))
            .take();
        select = select.filter(Column::SlotId.in_subquery(later));
    }
    select.into_tuple().all(conn).await
}

/// Takes what somebody wrote out of all their bookings, which stay as facts about places.
pub async fn forget_words(conn: &impl ConnectionTrait, account_id: Uuid) -> Result<(), DbErr> {
    booking::Entity::update_many()
        .col_expr(Column::ProductName, Expr::value(""))
        .col_expr(Column::Reason, Expr::value(Option::<String>::None))
        .col_expr(Column::VoidReason, Expr::value(Option::<String>::None))
        .filter(Column::AccountId.eq(account_id))
        .exec(conn)
        .await
        .map(|_| ())
}

/// What a change writes into a booking.
#[derive(Clone, Debug)]
pub struct Change {
    pub to: BookingStatus,
    pub reason: Option<String>,
    pub reason_code: Option<String>,
    /// The member of staff who decided, if one did.
    pub decided_by: Option<Uuid>,
}

/// Changes the status of exactly the booking that was read. False when it changed meanwhile.
pub async fn change_status(
    conn: &impl ConnectionTrait,
    booking: &booking::Model,
    change: Change,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let mut update = booking::Entity::update_many()
        .col_expr(Column::Status, Expr::value(change.to))
        .col_expr(Column::Reason, Expr::value(change.reason))
        .col_expr(Column::ReasonCode, Expr::value(change.reason_code))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1));
    if change.decided_by.is_some() {
        update = update
            .col_expr(Column::DecidedAt, Expr::value(now))
            .col_expr(Column::DecidedBy, Expr::value(change.decided_by));
    }
    if is_final(change.to) {
        // It served the quota, which the booking has left.
        update = update.col_expr(Column::PhoneIndex, Expr::value(Option::<Vec<u8>>::None));
    }
    if change.to == BookingStatus::Voided {
        update = update.col_expr(Column::VoidedBy, Expr::value(change.decided_by));
    }
    let done = update
        .filter(Column::Id.eq(booking.id))
        .filter(Column::Status.eq(booking.status))
        .filter(Column::Version.eq(booking.version))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// What the form adds to a place that was only held.
#[derive(Clone, Debug)]
pub struct Form {
    pub product_name: String,
    pub beneficiary_cipher: Option<Vec<u8>>,
    pub beneficiary_phone_cipher: Option<Vec<u8>>,
    pub person_index: Vec<u8>,
    pub confirm_by: DateTime<Utc>,
}

pub async fn set_form(conn: &impl ConnectionTrait, id: Uuid, form: Form) -> Result<(), DbErr> {
    booking::Entity::update_many()
        .col_expr(Column::ProductName, Expr::value(form.product_name))
        .col_expr(Column::BeneficiaryCipher, Expr::value(form.beneficiary_cipher))
        .col_expr(Column::BeneficiaryPhoneCipher, Expr::value(form.beneficiary_phone_cipher))
        .col_expr(Column::PersonIndex, Expr::value(form.person_index))
        .col_expr(Column::ConfirmBy, Expr::value(form.confirm_by))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}

pub async fn set_priority(
    conn: &impl ConnectionTrait,
    id: Uuid,
    until: DateTime<Utc>,
) -> Result<(), DbErr> {
    booking::Entity::update_many()
        .col_expr(Column::PriorityUntil, Expr::value(until))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Notes who wants exactly the booking that was read to be voided. False when it changed meanwhile.
pub async fn set_void_request(
    conn: &impl ConnectionTrait,
    booking: &booking::Model,
    by: Uuid,
    (reason, reason_code): (String, String),
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = booking::Entity::update_many()
        .col_expr(Column::VoidRequestedBy, Expr::value(by))
        .col_expr(Column::VoidRequestedAt, Expr::value(now))
        .col_expr(Column::VoidReason, Expr::value(reason))
        .col_expr(Column::VoidReasonCode, Expr::value(reason_code))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(booking.id))
        .filter(Column::Version.eq(booking.version))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}
