use uuid::Uuid;

use super::change::{By, change_booking};
use super::read::seen_by_staff;
use super::testing::{lock_lab_booking, note_result};
use crate::features::appointments::dto::BookingView;
use crate::features::appointments::model::{BookingAction, Party};
use crate::features::appointments::policy;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppResult, MaybeIfMatch};

/// Completes a visit that left nothing to test, as a consultation or an open day.
///
/// # Errors
/// `booking_not_pending` before the check-in and where there is a sample, whose result completes it.
pub async fn end_visit(
    ctx: &Ctx<perm::BookingDecide>,
    id: Uuid,
    version: MaybeIfMatch,
) -> AppResult<BookingView> {
    let mut tx = ctx.begin().await?;
    // Locked, so that no sample is taken in meanwhile.
    let scope = policy::labs::<perm::BookingDecide>(&ctx.actor);
    let before = lock_lab_booking(&tx, &scope, id).await?;
    let by = By::staff(Party::Lab, ctx.actor.staff_id, version.0);
    let action = BookingAction::EndVisit;
    let (booking, slot) = change_booking(&ctx.app, &mut tx, before.clone(), action, by).await?;
    note_result(&tx, id).await?;
    tx.audit_change("booking.end_visit", "booking", id, &before, &booking, None).await?;
    tx.commit().await?;
    seen_by_staff(ctx, &booking, &slot)
}
