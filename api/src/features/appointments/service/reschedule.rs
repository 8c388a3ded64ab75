use entity::booking::{self, BookingStatus};
use entity::slot;
use sea_orm::Set;
use uuid::Uuid;

use super::change::{By, change_booking};
use super::person::Whom;
use super::read::seen;
use super::rules;
use super::take::{self, Ask, want, why_not};
use crate::app::App;
use crate::features::appointments::dto::RescheduleBooking;
use crate::features::appointments::model::{BookingAction, Case, Party, check, holding};
use crate::features::appointments::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Tx;
use crate::platform::http::{
    AppError, AppResult, Claim, ErrorCode, FieldError, IdempotencyKey, Reply,
};

/// Moves a booking to another time of the same service: the new place first, then the old one
/// freed, in one transaction. What the lab confirmed stays confirmed.
pub async fn reschedule_booking(
    ctx: &Ctx<perm::BookingUse>,
    key: &IdempotencyKey,
    digest: &[u8; 32],
    id: Uuid,
    input: RescheduleBooking,
) -> AppResult<Reply> {
    let app = &ctx.app;
    let mut tx = ctx.begin().await?;
    let settlement = match key.claim(ctx, &tx, &format!("reschedule_booking:{id}"), digest).await? {
        Claim::Fresh(settlement) => settlement,
        Claim::Replay(reply) => return Ok(reply),
    };
    let booking = queries::own_booking(&tx, ctx.actor.account_id, id).await?;
    let booking = booking.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let to = input.slot_id;
    target(ctx, &tx, &booking, to).await?;
    let account = queries::asker(&tx, ctx.actor.account_id, ctx.now).await?;
    let precedence = account.map(|account| account.precedence).unwrap_or_default();
    let want = want(app, booking.units, booking.channel, ctx.now, precedence);
    let into = holding(booking.status);
    let Some(slot) = queries::hold_place(&tx, to, into, &want).await? else {
        return Err(why_not(app, &tx, to, &want).await?);
    };
    let old = booking.clone();
    let by = By::resident(None);
    change_booking(app, &mut tx, booking, BookingAction::Reschedule, by).await?;
    let row = moved(app, &tx, &old, &slot)?;
    let Some(booking) = take::insert(app, &mut tx, row, &slot).await? else {
        return Err(ErrorCode::AlreadyBooked.into());
    };
    queries::move_seats(&tx, old.id, booking.id).await?;
    let reply = Reply::json(201, &seen(ctx, &booking, &slot, Party::Resident)?)?;
    settlement.settle(&tx, &app.cipher, &reply).await?;
    tx.commit().await?;
    Ok(reply)
}

/// Locks both slots in the one order and makes sure that the booking may go to `to`.
async fn target(
    ctx: &Ctx<perm::BookingUse>,
    tx: &Tx,
    booking: &booking::Model,
    to: Uuid,
) -> AppResult<()> {
    if to == booking.slot_id {
        return Err(ErrorCode::AlreadyBooked.into());
    }
    let slots = queries::lock_slots(tx, [booking.slot_id, to]).await?;
    let slot = |id| {
        let slot = slots.iter().find(|slot: &&slot::Model| slot.id == id);
        slot.ok_or_else(|| AppError::new(ErrorCode::NotFound))
    };
    if slot(to)?.service_id != booking.service_id {
        let message = "只能改到同一服务的其他时间";
        return Err(FieldError::new("slot_id", "unknown_value", message).into());
    }
    let case = Case {
        booking,
        slot: slot(booking.slot_id)?,
        now: ctx.now,
        rules: rules(&ctx.app.config.appointments),
        who: Party::Resident,
        actor_id: None,
    };
    check(&case, BookingAction::Reschedule)?;
    Ok(())
}

/// The booking as it goes on elsewhere, with the numbers of the quotas that it had.
pub(super) fn moved(
    app: &App,
    tx: &Tx,
    old: &booking::Model,
    slot: &slot::Model,
) -> AppResult<booking::ActiveModel> {
    let ask = Ask {
        slot_id: slot.id,
        account_id: old.account_id,
        booked_by: old.booked_by,
        first: old.status,
        units: old.units,
        channel: old.channel,
        product_name: old.product_name.clone(),
        whom: Whom {
            name_cipher: old.beneficiary_cipher.clone(),
            phone_cipher: old.beneficiary_phone_cipher.clone(),
            person_index: old.person_index.clone(),
            phone_index: old.phone_index.clone(),
        },
    };
    let is_confirmed = old.status == BookingStatus::Confirmed;
    Ok(booking::ActiveModel {
        account_quota_no: Set(old.account_quota_no),
        phone_quota_no: Set(old.phone_quota_no),
        rescheduled_from: Set(Some(old.id)),
        moves: Set(old.moves + 1),
        decided_at: Set(old.decided_at.filter(|_| is_confirmed)),
        decided_by: Set(old.decided_by.filter(|_| is_confirmed)),
        parcel_number: Set(old.parcel_number.clone()),
        ..take::row(app, tx, &ask, slot)?
    })
}
