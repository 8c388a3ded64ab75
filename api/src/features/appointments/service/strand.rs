//! What becomes of bookings whose slot its plan no longer has: the lab moves or cancels them, one
//! by one, each in a transaction of its caller's.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use entity::booking::{self, BookingStatus};
use entity::notification::NotificationKind;
use entity::slot;
use sea_orm::{ConnectionTrait, Set};
use uuid::Uuid;

use super::change::{By, change_booking};
use super::person::beneficiary;
use super::reschedule::moved;
use super::take::{self, want};
use crate::app::App;
use crate::features::appointments::dto::StrandedBooking;
use crate::features::appointments::model::{BookingAction, Party, ReasonCode, holding};
use crate::features::appointments::queries::{self, Want};
use crate::features::notifications::service::notify;
use crate::platform::auth::LabScope;
use crate::platform::clock::local_time;
use crate::platform::db::{Cursor, Page, Tx};
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// On whose behalf bookings are moved or cancelled, and what their owners read.
#[derive(Clone, Debug)]
pub struct PlanChange {
    pub staff_id: Option<Uuid>,
    pub reason: String,
}

/// How an attempt ended. Only `Done` is to be committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    Done,
    /// Somebody else took the place.
    NoPlace,
    /// It is not stranded any more, or somebody is about to change it.
    Gone,
}

/// How many bookings would be stranded without `slots`, and a page of them.
///
/// # Errors
/// The database cannot be read.
pub async fn list_stranded(
    app: &App,
    scope: &LabScope,
    slots: Vec<slot::Model>,
    cursor: Option<Cursor>,
    limit: u64,
) -> AppResult<(u64, Page<StrandedBooking>)> {
    let ids: Vec<Uuid> = slots.iter().map(|slot| slot.id).collect();
    let slots: HashMap<Uuid, slot::Model> = slots.into_iter().map(|slot| (slot.id, slot)).collect();
    let total = queries::count_open(&app.db, ids.clone()).await?;
    let rows = queries::open_page(&app.db, scope, ids, cursor, limit).await?;
    let page = Page::build(
        rows,
        limit,
        |row| (row.created_at, row.id),
        |row| slots.get(&row.slot_id).map(|slot| stranded_view(app, row, slot)),
    );
    let items = page.items.into_iter().flatten().collect::<AppResult<_>>()?;
    Ok((total, Page { items, next_cursor: page.next_cursor }))
}

fn stranded_view(app: &App, row: booking::Model, slot: &slot::Model) -> AppResult<StrandedBooking> {
    Ok(StrandedBooking {
        id: row.id,
        beneficiary: beneficiary(app, &row, None)?,
        public_code: row.public_code,
        status: row.status,
        units: row.units,
        starts_at: slot.starts_at,
        ends_at: slot.ends_at,
    })
}

/// Up to `limit` open bookings in withdrawn slots of a plan, those of the earliest first.
///
/// # Errors
/// The database cannot be read.
pub async fn stranded_bookings(
    conn: &impl ConnectionTrait,
    plan_id: Uuid,
    after: DateTime<Utc>,
    limit: u64,
) -> AppResult<Vec<Uuid>> {
    Ok(queries::stranded_ids(conn, plan_id, after, limit).await?)
}

/// # Errors
/// The database cannot be read.
pub async fn count_stranded(
    conn: &impl ConnectionTrait,
    plan_id: Uuid,
    after: DateTime<Utc>,
) -> AppResult<u64> {
    Ok(queries::count_stranded(conn, plan_id, after).await?)
}

/// Up to `limit` slots of the same service with room for a booking, nearest in time first, where its
/// person has none yet. None for a booking that has no place to take along.
///
/// # Errors
/// The database cannot be read.
pub async fn nearest_slots(
    app: &App,
    booking_id: Uuid,
    now: DateTime<Utc>,
    limit: usize,
) -> AppResult<Vec<Uuid>> {
    let db = &app.db;
    let Some(booking) = queries::any_booking(db, booking_id).await?.filter(is_movable) else {
        return Ok(Vec::new());
    };
    let Some(from) = queries::slot(db, booking.slot_id).await? else { return Ok(Vec::new()) };
    let phone = booking.phone_index.as_deref();
    let standing = queries::standing(db, booking.account_id, phone).await?;
    let own: HashSet<Uuid> = standing
        .into_iter()
        .filter(|one| one.person_index == booking.person_index)
        .map(|one| one.slot_id)
        .collect();
    let most = u64::try_from(limit + own.len()).unwrap_or(u64::MAX);
    let want = want_of(app, db, &booking, now).await?;
    let found = queries::nearest(db, &from, &want, most).await?;
    Ok(found.into_iter().map(|slot| slot.id).filter(|id| !own.contains(id)).take(limit).collect())
}

fn is_movable(booking: &booking::Model) -> bool {
    matches!(booking.status, BookingStatus::PendingLab | BookingStatus::Confirmed)
}

async fn want_of(
    app: &App,
    conn: &impl ConnectionTrait,
    booking: &booking::Model,
    now: DateTime<Utc>,
) -> AppResult<Want> {
    let account = match booking.account_id {
        Some(id) => queries::asker(conn, id, now).await?,
        None => None,
    };
    let precedence = account.map(|account| account.precedence).unwrap_or_default();
    Ok(want(app, booking.units, booking.channel, now, precedence))
}

/// Moves a booking to another slot: the new place first, then the old one given back. What the lab
/// confirmed stays confirmed, and none of the owner's own moves is used up.
///
/// # Errors
/// The rows cannot be written.
pub async fn move_stranded(
    app: &App,
    tx: &mut Tx,
    booking_id: Uuid,
    to: Uuid,
    change: &PlanChange,
) -> AppResult<Settled> {
    let Some(booking) = queries::any_booking(tx, booking_id).await? else {
        return Ok(Settled::Gone);
    };
    queries::lock_slots(tx, [booking.slot_id, to]).await?;
    // As it is now that nobody else changes it.
    let before = queries::any_booking(tx, booking_id).await?.filter(is_movable);
    let Some(before) = before else { return Ok(Settled::Gone) };
    let want = want_of(app, tx, &before, tx.now()).await?;
    let into = holding(before.status);
    let Some(slot) = queries::hold_place(tx, to, into, &want).await? else {
        return Ok(Settled::NoPlace);
    };
    let when = local_time(slot.starts_at).format("%-m月%-d日 %H:%M");
    let reason = format!("{}（已改到 {when}）", change.reason);
    if !end(app, tx, &before, change, reason).await? {
        return Ok(Settled::Gone);
    }
    let row = booking::ActiveModel { moves: Set(before.moves), ..moved(app, tx, &before, &slot)? };
    let Some(after) = take::insert(app, tx, row, &slot).await? else {
        return Ok(Settled::NoPlace);
    };
    queries::move_seats(tx, before.id, after.id).await?;
    if let (BookingStatus::Confirmed, Some(account_id)) = (after.status, after.account_id) {
        notify(app, tx, account_id, NotificationKind::BookingConfirmed, after.id).await?;
    }
    tx.audit_change("booking.move", "booking", before.id, &before, &after, None).await?;
    Ok(Settled::Done)
}

/// Cancels a booking on behalf of the lab, with a notice, and lets its owner go first elsewhere.
///
/// # Errors
/// The rows cannot be written.
pub async fn cancel_stranded(
    app: &App,
    tx: &mut Tx,
    booking_id: Uuid,
    change: &PlanChange,
) -> AppResult<Settled> {
    let Some(before) = queries::any_booking(tx, booking_id).await? else {
        return Ok(Settled::Gone);
    };
    if !end(app, tx, &before, change, change.reason.clone()).await? {
        return Ok(Settled::Gone);
    }
    if before.status != BookingStatus::Held {
        let days = i64::from(app.config.appointments.priority_days);
        queries::set_priority(tx, before.id, tx.now() + TimeDelta::days(days)).await?;
    }
    let is_line = matches!(before.status, BookingStatus::Waitlisted | BookingStatus::Offered);
    if let (true, Some(account_id)) = (is_line, before.account_id) {
        notify(app, tx, account_id, NotificationKind::BookingCancelled, before.id).await?;
    }
    let after = queries::any_booking(tx, before.id).await?;
    tx.audit_change("booking.cancel", "booking", before.id, &before, &after, None).await?;
    Ok(Settled::Done)
}

/// Ends a booking by the change that its state allows. False when there is none.
async fn end(
    app: &App,
    tx: &mut Tx,
    booking: &booking::Model,
    change: &PlanChange,
    reason: String,
) -> AppResult<bool> {
    let (who, action) = match booking.status {
        BookingStatus::Confirmed => (Party::Lab, BookingAction::Cancel),
        BookingStatus::PendingLab => (Party::Lab, BookingAction::Reject),
        BookingStatus::Held | BookingStatus::Offered | BookingStatus::Waitlisted => {
            (Party::System, BookingAction::Cancel)
        }
        _ => return Ok(false),
    };
    let by = By { who, actor_id: change.staff_id, ..By::system() };
    let by = by.because(ReasonCode::PlanChanged, reason);
    match change_booking(app, tx, booking.clone(), action, by).await {
        Ok(_) => Ok(true),
        Err(error) if is_in_between(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_in_between(error: &AppError) -> bool {
    matches!(error.code(), ErrorCode::BookingNotPending | ErrorCode::StaleVersion)
}
