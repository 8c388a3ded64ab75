use chrono::{DateTime, TimeDelta, Utc};
use entity::booking;
use uuid::Uuid;

use super::change::{By, change_booking};
use super::read::{seen, seen_by_staff};
use crate::app::App;
use crate::features::appointments::dto::{BookingView, CancelBooking, CancelByStaff};
use crate::features::appointments::model::{BookingAction, Party};
use crate::features::appointments::{policy, queries};
use crate::platform::auth::{Ctx, Staff, StaffPermission, perm};
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppError, AppResult, ErrorCode, MaybeIfMatch};

pub async fn cancel_booking(
    ctx: &Ctx<perm::BookingUse>,
    id: Uuid,
    input: CancelBooking,
) -> AppResult<BookingView> {
    let mut tx = ctx.begin().await?;
    let booking = queries::own_booking(&tx, ctx.actor.account_id, id).await?;
    let booking = booking.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let by = By::resident(input.reason);
    let action = BookingAction::Cancel;
    let (booking, slot) = change_booking(&ctx.app, &mut tx, booking, action, by).await?;
    tx.commit().await?;
    seen(ctx, &booking, &slot, Party::Resident)
}

/// The lab cannot keep what it confirmed. The resident goes first elsewhere for a while.
pub async fn cancel_lab_booking(
    ctx: &Ctx<perm::BookingDecide>,
    id: Uuid,
    version: MaybeIfMatch,
    input: CancelByStaff,
) -> AppResult<BookingView> {
    cancel(ctx, id, version, input, Party::Lab).await
}

/// As [`cancel_lab_booking`], by headquarters for any lab.
pub async fn withdraw_booking(
    ctx: &Ctx<perm::BookingOversee>,
    id: Uuid,
    version: MaybeIfMatch,
    input: CancelByStaff,
) -> AppResult<BookingView> {
    cancel(ctx, id, version, input, Party::Hq).await
}

async fn cancel<P: StaffPermission<Actor = Staff>>(
    ctx: &Ctx<P>,
    id: Uuid,
    version: MaybeIfMatch,
    input: CancelByStaff,
    who: Party,
) -> AppResult<BookingView> {
    let mut tx = ctx.begin().await?;
    let before = of_scope(ctx, &tx, id).await?;
    let by = By::staff(who, ctx.actor.staff_id, version.0);
    let by = by.because(input.reason_code, input.reason);
    let action = BookingAction::Cancel;
    let (mut booking, slot) = change_booking(&ctx.app, &mut tx, before.clone(), action, by).await?;
    let until = ctx.now + TimeDelta::days(i64::from(ctx.app.config.appointments.priority_days));
    queries::set_priority(&tx, id, until).await?;
    booking.priority_until = Some(until);
    tx.audit_change("booking.cancel", "booking", id, &before, &booking, None).await?;
    tx.commit().await?;
    seen_by_staff(ctx, &booking, &slot)
}

/// Gives back every place of somebody whose account closes: those in slots that begin after the
/// given time, or all. At the last moment too, for then the lab at least knows. With the last of
/// them goes what the person wrote.
///
/// # Errors
/// The database cannot be reached; what was given back stays so, and calling again goes on.
pub async fn release_places(
    app: &App,
    account_id: Uuid,
    starting_after: Option<DateTime<Utc>>,
) -> AppResult<()> {
    for id in queries::open_bookings(&app.db, account_id, starting_after).await? {
        let mut tx = app.begin(AuditActor::System).await?;
        let Some(booking) = queries::any_booking(&tx, id).await? else { continue };
        let by = By { reason: Some("用户注销账号".to_owned()), ..By::system() };
        match change_booking(app, &mut tx, booking, BookingAction::Cancel, by).await {
            Ok(_) => tx.commit().await?,
            // Decided meanwhile: it holds no place any more.
            Err(error) if error.code() == ErrorCode::BookingNotPending => {}
            Err(error) => return Err(error),
        }
    }
    if starting_after.is_none() {
        let tx = app.begin(AuditActor::System).await?;
        queries::forget_words(&tx, account_id).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A booking where `P` holds. Elsewhere it does not exist.
pub(super) async fn of_scope<P: StaffPermission<Actor = Staff>>(
    ctx: &Ctx<P>,
    tx: &Tx,
    id: Uuid,
) -> AppResult<booking::Model> {
    let booking = queries::lab_booking(tx, &policy::labs::<P>(&ctx.actor), id).await?;
    booking.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}
