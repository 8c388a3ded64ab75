//! The booking under its samples and its result, which are another feature's.

use entity::booking;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::features::appointments::queries;
use crate::platform::auth::LabScope;
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ErrorCode};

fn there(booking: Option<booking::Model>) -> AppResult<booking::Model> {
    booking.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

/// A booking of one of the labs in scope.
///
/// # Errors
/// `not_found`
pub async fn find_lab_booking(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    id: Uuid,
) -> AppResult<booking::Model> {
    there(queries::lab_booking(conn, scope, id).await?)
}

/// As [`find_lab_booking`], locked: what is counted of it stays so until the end of the transaction.
///
/// # Errors
/// `not_found`
pub async fn lock_lab_booking(tx: &Tx, scope: &LabScope, id: Uuid) -> AppResult<booking::Model> {
    there(queries::lock_lab_booking(tx, scope, id).await?)
}

/// One of a resident's own bookings.
///
/// # Errors
/// `not_found`
pub async fn find_own_booking(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    id: Uuid,
) -> AppResult<booking::Model> {
    there(queries::own_booking(conn, account_id, id).await?)
}

/// Any booking, locked, for the system's own jobs.
///
/// # Errors
/// `not_found`
pub async fn lock_booking(tx: &Tx, id: Uuid) -> AppResult<booking::Model> {
    there(queries::lock_booking(tx, id).await?)
}

/// Notes a sample's number, without which no test begins. The first one stays.
///
/// # Errors
/// The row cannot be written.
pub async fn note_sample(tx: &Tx, id: Uuid, number: &str) -> AppResult<()> {
    Ok(queries::set_sample_number(tx, id, number, tx.now()).await?)
}

/// Notes when the result was delivered.
///
/// # Errors
/// The row cannot be written.
pub async fn note_result(tx: &Tx, id: Uuid) -> AppResult<()> {
    Ok(queries::set_completed(tx, id, tx.now()).await?)
}

/// Says that something of the booking changed that it does not hold itself, so that of two who
/// looked at one version one goes on.
///
/// # Errors
/// `stale_version`
pub async fn touch_booking(tx: &Tx, booking: &booking::Model, expected: i32) -> AppResult<()> {
    let is_seen = booking.version == expected;
    if is_seen && queries::raise_version(tx, booking, tx.now()).await? {
        return Ok(());
    }
    Err(ErrorCode::StaleVersion.into())
}
