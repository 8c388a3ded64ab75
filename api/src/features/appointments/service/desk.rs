use entity::booking::BookingStatus;

use super::person::{Whom, check_roster, seats};
use super::read::seen_by_staff;
use super::take::{Ask, check_units, take, until_settled};
use crate::features::appointments::dto::CreateLabBooking;
use crate::features::appointments::{policy, queries};
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppError, AppResult, Claim, ErrorCode, IdempotencyKey, Reply};

/// Books for somebody who called or came. The lab itself books, so it is confirmed.
pub async fn create_lab_booking(
    ctx: &Ctx<perm::BookingCreate>,
    key: &IdempotencyKey,
    digest: &[u8; 32],
    input: CreateLabBooking,
) -> AppResult<Reply> {
    let app = &ctx.app;
    check_units(app, input.units)?;
    check_roster(&input.roster, input.units)?;
    let ask = Ask {
        slot_id: input.slot_id,
        account_id: None,
        booked_by: Some(ctx.actor.staff_id),
        first: BookingStatus::Confirmed,
        units: input.units,
        channel: input.channel.into(),
        product_name: input.product_name,
        whom: Whom::of(app, Some(input.beneficiary))?,
    };
    let roster = &input.roster;
    until_settled(async |is_again| {
        let mut tx = ctx.begin().await?;
        let settlement = match key.claim(ctx, &tx, "create_lab_booking", digest).await? {
            Claim::Fresh(settlement) => settlement,
            Claim::Replay(reply) => return Ok(Some(reply)),
        };
        let slot = queries::slot(&tx, ask.slot_id).await?;
        let slot = slot.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
        policy::of_own_lab::<perm::BookingCreate>(&ctx.actor, slot.lab_id)?;
        let Some((booking, slot)) = take(app, &mut tx, &ask, is_again).await? else {
            return Ok(None);
        };
        queries::insert_seats(&tx, seats(app, booking.id, roster)?).await?;
        tx.audit_change("booking.create", "booking", booking.id, &(), &booking, None).await?;
        let reply = Reply::json(201, &seen_by_staff(ctx, &booking, &slot)?)?;
        settlement.settle(&tx, &app.cipher, &reply).await?;
        tx.commit().await?;
        Ok(Some(reply))
    })
    .await
}
