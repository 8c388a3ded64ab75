use std::sync::Arc;

use entity::booking::{BookingChannel, BookingStatus};

use super::person::{Whom, check_roster, seats};
use super::read::seen;
use super::take::{Ask, check_units, take, until_settled};
use super::together::{Outcome, SlotLine, Ticket};
use crate::features::appointments::dto::{CreateBooking, CreateHold, RosterSeat};
use crate::features::appointments::model::Party;
use crate::features::appointments::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::coalesce::Turn;
use crate::platform::http::{AppResult, Claim, IdempotencyKey, Reply};

/// A request of this kind, for the key that it comes with.
struct Operation<'a> {
    name: &'a str,
    key: &'a IdempotencyKey,
    digest: &'a [u8; 32],
}

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
    take_turn(ctx, Operation { name: "create_booking", key, digest }, ask, input.roster.into())
        .await
}

pub async fn create_hold(
    ctx: &Ctx<perm::BookingUse>,
    key: &IdempotencyKey,
    digest: &[u8; 32],
    input: CreateHold,
) -> AppResult<Reply> {
    check_units(&ctx.app, input.units)?;
    let ask = Ask {
        slot_id: input.slot_id,
        account_id: Some(ctx.actor.account_id),
        booked_by: None,
        first: BookingStatus::Held,
        units: input.units,
        channel: BookingChannel::Online,
        product_name: String::new(),
        whom: Whom::default(),
    };
    take_turn(ctx, Operation { name: "create_hold", key, digest }, ask, Arc::default()).await
}

/// Alone when nobody else asks for places, together with the others when many do.
async fn take_turn(
    ctx: &Ctx<perm::BookingUse>,
    operation: Operation<'_>,
    ask: Ask,
    roster: Arc<[RosterSeat]>,
) -> AppResult<Reply> {
    let line = ctx.app.shared.get::<SlotLine>();
    let ticket = || Ticket {
        stamp: operation.key.stamp(ctx, operation.name, operation.digest),
        account_id: ctx.actor.account_id,
        ask: ask.clone(),
        roster: Arc::clone(&roster),
    };
    // A lead lasts until the answer is there.
    let _lead = match line.enter(&ctx.app, ticket).await {
        Turn::Done(Outcome::Answer(answer)) => return answer,
        Turn::Alone(lead) => Some(lead),
        Turn::Done(Outcome::AskAlone) | Turn::Lost => None,
    };
    take_alone(ctx, &operation, &ask, &roster).await
}

async fn take_alone(
    ctx: &Ctx<perm::BookingUse>,
    operation: &Operation<'_>,
    ask: &Ask,
    roster: &[RosterSeat],
) -> AppResult<Reply> {
    let app = &ctx.app;
    let Operation { name, key, digest } = operation;
    until_settled(async |is_again| {
        let mut tx = ctx.begin().await?;
        let settlement = match key.claim(ctx, &tx, name, digest).await? {
            Claim::Fresh(settlement) => settlement,
            Claim::Replay(reply) => return Ok(Some(reply)),
        };
        let Some((booking, slot)) = take(app, &mut tx, ask, is_again).await? else {
            return Ok(None);
        };
        queries::insert_seats(&tx, seats(app, booking.id, roster)?).await?;
        let reply = Reply::json(201, &seen(ctx, &booking, &slot, Party::Resident)?)?;
        settlement.settle(&tx, &app.cipher, &reply).await?;
        tx.commit().await?;
        Ok(Some(reply))
    })
    .await
}
