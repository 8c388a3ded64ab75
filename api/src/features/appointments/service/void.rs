use uuid::Uuid;

use super::cancel::of_scope;
use super::change::{By, change_booking};
use super::read::seen_by_staff;
use super::rules;
use crate::features::appointments::dto::{BookingView, DecideVoid};
use crate::features::appointments::model::{BookingAction, Case, Party, check};
use crate::features::appointments::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppError, AppResult, ErrorCode, MaybeIfMatch};

/// Asks for a booking to be voided. Nothing changes until a second person agrees.
pub async fn request_void(
    ctx: &Ctx<perm::BookingOversee>,
    id: Uuid,
    version: MaybeIfMatch,
    input: DecideVoid,
) -> AppResult<BookingView> {
    let tx = ctx.begin().await?;
    let booking = of_scope(ctx, &tx, id).await?;
    if version.0.is_some_and(|version| version != booking.version) {
        return Err(ErrorCode::StaleVersion.into());
    }
    let not_found = || AppError::new(ErrorCode::NotFound);
    let slot = queries::slot(&tx, booking.slot_id).await?.ok_or_else(not_found)?;
    let case = Case {
        booking: &booking,
        slot: &slot,
        now: ctx.now,
        rules: rules(&ctx.app.config.appointments),
        who: Party::Hq,
        actor_id: Some(ctx.actor.staff_id),
    };
    check(&case, BookingAction::RequestVoid)?;
    let why = (input.reason, input.reason_code.as_str().to_owned());
    if !queries::set_void_request(&tx, &booking, ctx.actor.staff_id, why, ctx.now).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    let after = queries::any_booking(&tx, id).await?.ok_or_else(not_found)?;
    tx.audit_change("booking.request_void", "booking", id, &booking, &after, None).await?;
    tx.commit().await?;
    seen_by_staff(ctx, &after, &slot)
}

/// Agrees with somebody else's request. Places it holds are free again.
pub async fn void_booking(
    ctx: &Ctx<perm::BookingOversee>,
    id: Uuid,
    version: MaybeIfMatch,
) -> AppResult<BookingView> {
    let mut tx = ctx.begin().await?;
    let before = of_scope(ctx, &tx, id).await?;
    let by = By {
        reason: before.void_reason.clone(),
        reason_code: before.void_reason_code.clone(),
        ..By::staff(Party::Hq, ctx.actor.staff_id, version.0)
    };
    let action = BookingAction::Void;
    let (booking, slot) = change_booking(&ctx.app, &mut tx, before.clone(), action, by).await?;
    tx.audit_change("booking.void", "booking", id, &before, &booking, None).await?;
    tx.commit().await?;
    seen_by_staff(ctx, &booking, &slot)
}
