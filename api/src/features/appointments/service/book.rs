use entity::booking::{BookingChannel, BookingStatus};

use super::person::{Whom, check_roster, seats};
use super::read::seen;
use super::take::{Ask, check_units, take, until_settled};
use crate::features::appointments::dto::CreateBooking;
use crate::features::appointments::model::Party;
use crate::features::appointments::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppResult, Claim, IdempotencyKey, Reply};

pub async fn create_booking(
    ctx: &Ctx<perm::BookingUse>,
    key: &IdempotencyKey,
    digest: &[u8; 32],
    input: CreateBooking,
) -> AppResult<Reply> {
    let app = &ctx.app;
    check_units(app, input.units)?;
    check_roster(&input.roster, input.units)?;
    let ask = Ask {
        slot_id: input.slot_id,
        account_id: Some(ctx.actor.account_id),
        booked_by: None,
        first: BookingStatus::PendingLab,
        units: input.units,
        channel: BookingChannel::Online,
        product_name: input.product_name,
        whom: Whom::of(app, input.beneficiary)?,
    };
    let roster = &input.roster;
    until_settled(async |is_again| {
        let mut tx = ctx.begin().await?;
        let settlement = match key.claim(ctx, &tx, "create_booking", digest).await? {
            Claim::Fresh(settlement) => settlement,
            Claim::Replay(reply) => return Ok(Some(reply)),
        };
        let Some((booking, slot)) = take(app, &mut tx, &ask, is_again).await? else {
            return Ok(None);
        };
        if !roster.is_empty() {
            queries::insert_seats(&tx, seats(app, booking.id, roster)?).await?;
        }
        let reply = Reply::json(201, &seen(ctx, &booking, &slot, Party::Resident)?)?;
        settlement.settle(&tx, &app.cipher, &reply).await?;
        tx.commit().await?;
        Ok(Some(reply))
    })
    .await
}
