//! Waiting for a place in a slot that has none: in order of arrival, with the place held for whoever
//! it is offered to.

use entity::booking::{self, BookingChannel, BookingStatus};
use entity::slot::{self, SlotStatus};
use sea_orm::Set;
use uuid::Uuid;

use super::change::{By, change_booking};
use super::person::{Whom, check_roster, seats};
use super::read::seen;
use super::take::{
    Ask, Quota, check_units, confirm_by, expire_in_time, insert, may_ask, row, until_settled,
};
use super::{rules, seconds};
use crate::app::App;
use crate::features::appointments::dto::{BookingView, CreateBooking};
use crate::features::appointments::model::{BookingAction, Party, refusal, room_online};
use crate::features::appointments::queries;
use crate::features::labs::service::require_bookable;
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::local_date;
use crate::platform::db::{Tx, unique_violation};
use crate::platform::http::{
    AppError, AppResult, Claim, ErrorCode, FieldError, IdempotencyKey, Reply,
};

/// Joins the end of the line.
///
/// # Errors
/// `slot_has_room` when there is no need to wait, `waitlist_full`, and those of a booking.
pub async fn join_waitlist(
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
        first: BookingStatus::Waitlisted,
        units: input.units,
        channel: BookingChannel::Online,
        product_name: input.product_name,
        whom: Whom::of(app, input.beneficiary)?,
    };
    let roster = &input.roster;
    until_settled(async |is_again| {
        let mut tx = ctx.begin().await?;
        let settlement = match key.claim(ctx, &tx, "join_waitlist", digest).await? {
            Claim::Fresh(settlement) => settlement,
            Claim::Replay(reply) => return Ok(Some(reply)),
        };
        // The numbers of the quota are given when a place is: who has used it up need not wait.
        let asker = may_ask(app, &tx, &ask, is_again).await?;
        let slot = full_slot(app, &tx, &ask).await?;
        let last = queries::last_waitlist_no(&tx, slot.id).await?;
        let waiting = booking::ActiveModel {
            waitlist_no: Set(Some(last.unwrap_or_default() + 1)),
            phone_index: Set(asker.phone_index),
            ..row(app, &tx, &ask, &slot)?
        };
        let Some(booking) = insert(app, &mut tx, waiting, &slot).await? else { return Ok(None) };
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

/// The slot, locked, so that no place becomes free between this look and the line.
async fn full_slot(app: &App, tx: &Tx, ask: &Ask) -> AppResult<slot::Model> {
    let slot = queries::lock_slots(tx, [ask.slot_id]).await?.pop();
    let slot = slot.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    require_bookable(tx, slot.service_id, local_date(tx.now())).await?;
    if ask.units > slot.capacity {
        let capacity = u64::try_from(slot.capacity).unwrap_or_default();
        return Err(FieldError::out_of_range("units", 1, capacity).into());
    }
    let rules = rules(&app.config.appointments);
    match refusal(&slot, ask.units, ask.channel, tx.now(), rules) {
        ErrorCode::SlotFull | ErrorCode::SlotHeld => {}
        // What is left when nothing speaks against a booking.
        ErrorCode::SlotClosed if slot.status == SlotStatus::Open => {
            return Err(ErrorCode::SlotHasRoom.into());
        }
        code => return Err(code.into()),
    }
    let most = u64::from(app.config.appointments.waitlist_per_slot);
    if queries::count_waiting(tx, slot.id, None).await? >= most {
        return Err(ErrorCode::WaitlistFull.into());
    }
    Ok(slot)
}

/// Takes the place that is offered: from now on it waits for the lab.
///
/// # Errors
/// `hold_expired` when the offer is over, `quota_exceeded` when other visits used the quota up.
pub async fn accept_offer(ctx: &Ctx<perm::BookingUse>, id: Uuid) -> AppResult<BookingView> {
    let app = &ctx.app;
    let not_found = || AppError::new(ErrorCode::NotFound);
    until_settled(async |is_again| {
        let mut tx = ctx.begin().await?;
        let account_id = ctx.actor.account_id;
        let account = queries::asker(&tx, account_id, is_again).await?;
        let offered = queries::own_booking(&tx, account_id, id).await?.ok_or_else(not_found)?;
        let (action, by) = (BookingAction::Accept, By::resident(None));
        let (_, slot) = change_booking(app, &mut tx, offered.clone(), action, by).await?;
        let phone = offered.phone_index.or_else(|| account.and_then(|account| account.phone_index));
        let quota = Quota { account_id: Some(account_id), phone_index: phone.as_deref() };
        // The offer itself has no number yet, so it is not in its own way.
        let numbers = quota.numbers(app, &tx).await?;
        let confirm_by = confirm_by(app, ctx.now, &slot);
        match queries::set_accepted(&tx, id, numbers, confirm_by).await {
            Ok(()) => {}
            Err(cause) if unique_violation(&cause) => return Ok(None),
            Err(cause) => return Err(cause.into()),
        }
        let booking = queries::any_booking(&tx, id).await?.ok_or_else(not_found)?;
        expire_in_time(app, &mut tx, &booking, &slot).await?;
        let view = seen(ctx, &booking, &slot, Party::Resident)?;
        tx.commit().await?;
        Ok(Some(view))
    })
    .await
}

/// Called in the transaction in which places of a slot became free, whatever freed them: offers them
/// to those who wait, the first in line first. Who asked for more places than there are keeps the
/// place in line and is passed over. The caller has changed the slot, and so holds its lock.
///
/// # Errors
/// The rows cannot be written.
pub async fn places_freed(app: &App, tx: &mut Tx, slot_id: Uuid) -> AppResult<()> {
    let settings = &app.config.appointments;
    let line = queries::waiting(tx, slot_id, u64::from(settings.waitlist_per_slot)).await?;
    if line.is_empty() {
        return Ok(());
    }
    let Some(slot) = queries::slot(tx, slot_id).await? else { return Ok(()) };
    let closes_at = slot.closes_at.unwrap_or(slot.starts_at - seconds(settings.cutoff_secs));
    let until = closes_at.min(tx.now() + seconds(settings.offer_secs));
    if slot.status != SlotStatus::Open || until <= tx.now() {
        return Ok(());
    }
    let today = local_date(tx.now());
    match require_bookable(tx, slot.service_id, today).await {
        Err(error) if error.code().status() == 409 => return Ok(()),
        other => other?,
    }
    let mut room = room_online(&slot);
    for waiting in line {
        if room <= 0 {
            break;
        }
        let is_paused = match waiting.account_id {
            Some(id) => queries::is_paused(tx, id, tx.now()).await?,
            None => false,
        };
        if waiting.units > room || is_paused {
            continue;
        }
        room -= waiting.units;
        let id = waiting.id;
        change_booking(app, tx, waiting, BookingAction::Offer, By::system()).await?;
        queries::set_offer_end(tx, id, until).await?;
        if let Some(offered) = queries::any_booking(tx, id).await? {
            expire_in_time(app, tx, &offered, &slot).await?;
        }
    }
    Ok(())
}
