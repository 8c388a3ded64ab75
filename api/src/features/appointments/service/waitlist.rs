//! Waiting for a place in a slot that has none: strictly in order of arrival, with the place held for
//! whoever it is offered to.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::booking::{self, BookingChannel, BookingStatus};
use entity::slot::{self, SlotStatus};
use sea_orm::Set;
use uuid::Uuid;

use super::change::{By, change_booking};
use super::person::{Whom, check_roster, seats};
use super::read::seen;
use super::take::{
    Ask, Quota, check_units, confirm_by, expire_in_time, insert, may_ask, refused, row,
    until_settled, want,
};
use super::{rules, seconds};
use crate::app::App;
use crate::features::appointments::dto::{BookingView, CreateBooking};
use crate::features::appointments::model::{
    BookingAction, Party, can_ever_fit, is_for_others_first, lasting_capacity, obstacle,
    offers_end, room,
};
use crate::features::appointments::queries::{self, Precedence};
use crate::features::labs::service::require_bookable;
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::local_date;
use crate::platform::db::{AuditActor, Cursor, Tx, unique_violation};
use crate::platform::http::{
    AppError, AppResult, Claim, ErrorCode, FieldError, IdempotencyKey, Reply,
};

/// How many of a line are looked at together.
const AT_ONCE: u64 = 20;

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
        let slot = full_slot(app, &tx, &ask, asker.precedence).await?;
        let Some(booking) = stand_in_line(app, &mut tx, &ask, asker.phone_index, &slot).await?
        else {
            return Ok(None);
        };
        queries::insert_seats(&tx, seats(app, booking.id, roster)?).await?;
        // There may be room that nobody before could use.
        places_freed(app, &mut tx, slot.id).await?;
        let booking = queries::any_booking(&tx, booking.id).await?;
        let booking = booking.ok_or_else(|| AppError::internal("a booking vanished"))?;
        let reply = Reply::json(201, &seen(ctx, &booking, &slot, Party::Resident)?)?;
        settlement.settle(&tx, &app.cipher, &reply).await?;
        tx.commit().await?;
        Ok(Some(reply))
    })
    .await
}

/// The booking of somebody who waits, at the end of the line of a slot that the caller has locked.
/// `None`: somebody got in between, as in `take`.
pub(super) async fn stand_in_line(
    app: &App,
    tx: &mut Tx,
    ask: &Ask,
    phone_index: Option<Vec<u8>>,
    slot: &slot::Model,
) -> AppResult<Option<booking::Model>> {
    let waiting = booking::ActiveModel {
        waitlist_no: Set(queries::join_line(tx, slot.id).await?),
        phone_index: Set(phone_index),
        ..row(app, tx, ask, slot)?
    };
    insert(app, tx, waiting, slot).await
}

/// The slot, locked, so that no place becomes free between this look and the line.
async fn full_slot(
    app: &App,
    tx: &Tx,
    ask: &Ask,
    precedence: Precedence,
) -> AppResult<slot::Model> {
    let slot = queries::lock_slots(tx, [ask.slot_id]).await?.pop();
    let slot = slot.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    require_bookable(tx, slot.service_id, local_date(tx.now())).await?;
    if !can_ever_fit(&slot, ask.units) {
        let most = u64::try_from(lasting_capacity(&slot) - slot.reserved_units).unwrap_or_default();
        return Err(FieldError::out_of_range("units", 1, most).into());
    }
    let want = want(app, ask.units, ask.channel, tx.now(), precedence);
    let rules = rules(&app.config.appointments);
    match obstacle(&slot, &want.wish(), rules) {
        // Who may not book yet may not stand in line yet.
        Some(ErrorCode::SlotFull | ErrorCode::SlotHeld | ErrorCode::WaitlistFirst)
            if is_for_others_first(&slot, &want.wish()) =>
        {
            return Err(refused(ErrorCode::DistrictFirst, &slot, tx.now()));
        }
        Some(ErrorCode::SlotFull | ErrorCode::SlotHeld | ErrorCode::WaitlistFirst) => {}
        Some(code) => return Err(refused(code, &slot, tx.now())),
        None => return Err(ErrorCode::SlotHasRoom.into()),
    }
    if slot.waiting >= i32::from(app.config.appointments.waitlist_per_slot) {
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
        if is_again {
            queries::lock_account(&tx, account_id).await?;
        }
        let account = queries::asker(&tx, account_id, ctx.now).await?;
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

/// Offers what is free in slots somebody waits for, each slot in a transaction of its own.
///
/// # Errors
/// The database cannot be reached; what was offered stays, and the next sweep goes on.
pub async fn offer_places(app: &App) -> AppResult<()> {
    let mut after = None;
    loop {
        let slots = queries::waited_for(&app.db, app.clock.now(), after, AT_ONCE).await?;
        let Some(last) = slots.last() else { return Ok(()) };
        after = Some(Cursor { at: last.starts_at, id: last.id });
        for slot in slots {
            let mut tx = app.begin(AuditActor::System).await?;
            queries::lock_slots(&tx, [slot.id]).await?;
            places_freed(app, &mut tx, slot.id).await?;
            tx.commit().await?;
        }
    }
}

/// Called in the transaction in which places of a slot became free, whatever freed them: offers them
/// to those who wait, in the order in which they came. Who wants more places than are free is waited
/// for, and nobody behind is served meanwhile; passed over are only who may not book for a while, and
/// who wants more than the slot will ever have. The caller has changed the slot, and so holds its
/// lock: nobody joins or leaves the line meanwhile.
///
/// # Errors
/// The rows cannot be written.
pub async fn places_freed(app: &App, tx: &mut Tx, slot_id: Uuid) -> AppResult<()> {
    let settings = &app.config.appointments;
    let Some(slot) = queries::slot(tx, slot_id).await? else { return Ok(()) };
    let until = offers_end(&slot, rules(settings)).min(tx.now() + seconds(settings.offer_secs));
    let mut room = room(&slot);
    let mut left = slot.waiting;
    if slot.status != SlotStatus::Open || until <= tx.now() || room <= 0 || left <= 0 {
        return Ok(());
    }
    match require_bookable(tx, slot.service_id, local_date(tx.now())).await {
        Err(error) if error.code().status() == 409 => return Ok(()),
        other => other?,
    }
    let mut after = 0;
    while left > 0 {
        let line = queries::line(tx, slot_id, after, AT_ONCE).await?;
        let Some(last) = line.last().and_then(|waiting| waiting.waitlist_no) else { break };
        after = last;
        let askers = queries::askers(tx, line.iter().filter_map(|one| one.account_id), tx.now());
        let paused: HashSet<Uuid> =
            askers.await?.into_iter().filter(|asker| asker.is_paused).map(|a| a.id).collect();
        for waiting in line {
            left -= 1;
            if room <= 0 {
                return Ok(());
            }
            let is_paused = waiting.account_id.is_some_and(|id| paused.contains(&id));
            if is_paused || !can_ever_fit(&slot, waiting.units) {
                continue;
            }
            if waiting.units > room {
                return Ok(());
            }
            room -= waiting.units;
            offer(app, tx, waiting.id, &slot, until).await?;
        }
    }
    Ok(())
}

async fn offer(
    app: &App,
    tx: &mut Tx,
    id: Uuid,
    slot: &slot::Model,
    until: DateTime<Utc>,
) -> AppResult<()> {
    let vanished = || AppError::internal("a booking vanished");
    // Headquarters may just ask for it to be voided, which the lock of the slot does not stop.
    let waiting = queries::locked_booking(tx, id).await?.ok_or_else(vanished)?;
    change_booking(app, tx, waiting, BookingAction::Offer, By::system()).await?;
    queries::set_offer_end(tx, id, until).await?;
    let offered = queries::any_booking(tx, id).await?.ok_or_else(vanished)?;
    expire_in_time(app, tx, &offered, slot).await
}
