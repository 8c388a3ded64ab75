use serde_json::json;
use uuid::Uuid;

use super::cancel::of_scope;
use super::change::{By, change_booking};
use super::read::{seen_by_staff, without_accreditation};
use crate::features::appointments::dto::{
    BookingView, BulkConfirmation, ConfirmBookings, ConfirmOutcome, RejectBooking,
};
use crate::features::appointments::model::{BookingAction, Party};
use crate::features::appointments::{policy, queries};
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppResult, MaybeIfMatch};

pub async fn confirm_booking(
    ctx: &Ctx<perm::BookingDecide>,
    id: Uuid,
    version: MaybeIfMatch,
) -> AppResult<BookingView> {
    let by = By::staff(Party::Lab, ctx.actor.staff_id, version.0);
    decide(ctx, id, BookingAction::Confirm, by).await
}

/// One transaction each: what cannot be confirmed does not stand in the way of the others.
pub async fn confirm_bookings(
    ctx: &Ctx<perm::BookingDecide>,
    input: ConfirmBookings,
) -> AppResult<BulkConfirmation> {
    let mut outcomes = Vec::with_capacity(input.booking_ids.len());
    for booking_id in input.booking_ids {
        let (code, booking) = match confirm_booking(ctx, booking_id, MaybeIfMatch(None)).await {
            Ok(booking) => (None, Some(booking)),
            // The database is gone; the rest would fare no better.
            Err(error) if error.code().status() >= 500 => return Err(error),
            Err(error) => (Some(error.code().as_str()), as_it_stands(ctx, booking_id).await?),
        };
        outcomes.push(ConfirmOutcome { booking_id, code, booking });
    }
    Ok(BulkConfirmation { outcomes })
}

/// Somebody else may have confirmed it. To another lab it does not exist.
async fn as_it_stands(ctx: &Ctx<perm::BookingDecide>, id: Uuid) -> AppResult<Option<BookingView>> {
    let (db, scope) = (&ctx.app.db, policy::labs::<perm::BookingDecide>(&ctx.actor));
    let Some(booking) = queries::lab_booking(db, &scope, id).await? else { return Ok(None) };
    let Some(slot) = queries::slot(db, booking.slot_id).await? else { return Ok(None) };
    let mut view = seen_by_staff(ctx, &booking, &slot)?;
    without_accreditation(ctx, [&mut view]).await?;
    Ok(Some(view))
}

pub async fn reject_booking(
    ctx: &Ctx<perm::BookingDecide>,
    id: Uuid,
    version: MaybeIfMatch,
    input: RejectBooking,
) -> AppResult<BookingView> {
    let by = By::staff(Party::Lab, ctx.actor.staff_id, version.0);
    let by = by.because(input.reason_code, input.reason);
    decide(ctx, id, BookingAction::Reject, by).await
}

async fn decide(
    ctx: &Ctx<perm::BookingDecide>,
    id: Uuid,
    action: BookingAction,
    by: By,
) -> AppResult<BookingView> {
    let mut tx = ctx.begin().await?;
    let before = of_scope(ctx, &tx, id).await?;
    let (booking, slot) = change_booking(&ctx.app, &mut tx, before.clone(), action, by).await?;
    let details = json!({ "status": booking.status });
    tx.audit_change("booking.decide", "booking", id, &before, &booking, Some(details)).await?;
    tx.commit().await?;
    seen_by_staff(ctx, &booking, &slot)
}
