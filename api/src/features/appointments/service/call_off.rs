//! What becomes of slots and bookings when the stop they belong to is called off.

use chrono::{DateTime, TimeDelta, Utc};
use entity::booking::{self, BookingStatus};
use entity::notification::NotificationKind;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::change::{By, change_booking};
use crate::app::App;
use crate::features::appointments::model::{BookingAction, Party};
use crate::features::appointments::queries;
use crate::features::notifications::service::notify;
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppResult, ErrorCode};

/// How many bookings are cancelled in one go, each in a transaction of its own.
const BATCH: u64 = 100;

/// Why, as a [`ReasonCode`](crate::features::appointments::ReasonCode) and as residents read it.
#[derive(Clone, Debug)]
pub struct CallOff {
    pub reason_code: Option<String>,
    pub reason: Option<String>,
}

/// Whether somebody may come to a slot of a stop outside of the given hours.
///
/// # Errors
/// The database cannot be read.
pub async fn has_slots_outside(
    conn: &impl ConnectionTrait,
    stop_id: Uuid,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> AppResult<bool> {
    Ok(queries::slots_outside(conn, stop_id, from, until).await? > 0)
}

/// No new bookings at a stop, which the caller has locked, so that it gets no new slots.
///
/// # Errors
/// The rows cannot be written.
pub async fn close_stop(tx: &Tx, stop_id: Uuid) -> AppResult<()> {
    let slots = queries::slots_at_stop(tx, stop_id).await?;
    // In the one order in which slots are locked.
    queries::lock_slots(tx, slots.iter().copied()).await?;
    Ok(queries::close_slots(tx, slots).await?)
}

/// Cancels a batch of the bookings at a closed stop, on behalf of its lab. True when there may be more.
///
/// # Errors
/// The rows cannot be written; what was cancelled stays so, and calling again goes on.
pub async fn call_off_stop(app: &App, stop_id: Uuid, why: &CallOff) -> AppResult<bool> {
    let ids = queries::open_at_stop(&app.db, stop_id, BATCH).await?;
    let has_more = u64::try_from(ids.len()).is_ok_and(|count| count == BATCH);
    let mut was_overtaken = false;
    for id in ids {
        let mut tx = app.begin(AuditActor::System).await?;
        let Some(before) = queries::any_booking(&tx, id).await? else { continue };
        match cancel(app, &mut tx, before, why).await {
            Ok(()) => tx.commit().await?,
            // Somebody changed it just now; as it is now it is looked at next time.
            Err(error) if error.code() == ErrorCode::BookingNotPending => was_overtaken = true,
            Err(error) => return Err(error),
        }
    }
    Ok(has_more || was_overtaken)
}

/// By the change that its state allows. Who had or awaited a place goes first elsewhere, and is told.
async fn cancel(app: &App, tx: &mut Tx, before: booking::Model, why: &CallOff) -> AppResult<()> {
    let (who, action) = match before.status {
        BookingStatus::Confirmed => (Party::Lab, BookingAction::Cancel),
        BookingStatus::PendingLab => (Party::Lab, BookingAction::Reject),
        BookingStatus::Held | BookingStatus::Waitlisted | BookingStatus::Offered => {
            (Party::System, BookingAction::Cancel)
        }
        _ => return Ok(()),
    };
    let CallOff { reason_code, reason } = why.clone();
    let by = By { who, reason_code, reason, ..By::system() };
    let (after, _) = change_booking(app, tx, before.clone(), action, by).await?;
    if before.status != BookingStatus::Held {
        let days = i64::from(app.config.appointments.priority_days);
        queries::set_priority(tx, before.id, tx.now() + TimeDelta::days(days)).await?;
    }
    let in_line = matches!(before.status, BookingStatus::Waitlisted | BookingStatus::Offered);
    if let (true, Some(account_id)) = (in_line, before.account_id) {
        notify(app, tx, account_id, NotificationKind::BookingCancelled, before.id).await?;
    }
    tx.audit_change("booking.cancel", "booking", before.id, &before, &after, None).await?;
    Ok(())
}
