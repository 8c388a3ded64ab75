//! Places that are given by lot instead of to whoever comes first.

use entity::booking::{self, BookingChannel, BookingStatus};
use entity::lab::LabStatus;
use entity::slot::{self, SlotStatus};
use sea_orm::{ConnectionTrait, Set};
use uuid::Uuid;

use super::person::Whom;
use super::take::{Ask, insert, may_ask, row, want};
use super::waitlist::{places_freed, stand_in_line};
use crate::app::App;
use crate::features::appointments::model::{holding, room};
use crate::features::appointments::queries::{self, Precedence, Want};
use crate::features::labs::service::require_lab;
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// Whose turn it is.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// None: somebody who has left.
    pub account_id: Option<Uuid>,
    pub slot_id: Uuid,
    pub product_name: String,
    /// Whether the place waits for the lab.
    pub needs_confirmation: bool,
}

/// What somebody got, with the booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    Place(Uuid),
    /// At the end of the line, as there was no place left.
    Line(Uuid),
    Nothing,
}

/// A slot of a lottery, and the places that can be given by lot now.
#[derive(Clone, Debug)]
pub struct DrawnSlot {
    pub slot: slot::Model,
    pub places: i32,
}

/// Reserves open slots of one lab, in which nobody has anything yet, for a lottery.
///
/// # Errors
/// `not_found`, `slot_not_drawable`.
pub async fn reserve_for_lottery(
    tx: &Tx,
    lottery_id: Uuid,
    slots: &[Uuid],
) -> AppResult<Vec<slot::Model>> {
    let rows = queries::lock_slots(tx, slots.iter().copied()).await?;
    let is_of_one_lab = rows.windows(2).all(|pair| match pair {
        [one, other] => one.lab_id == other.lab_id,
        _ => true,
    });
    if rows.len() != slots.len() || !is_of_one_lab {
        return Err(ErrorCode::NotFound.into());
    }
    let reserved = queries::reserve_for_lottery(tx, lottery_id, slots).await?;
    if usize::try_from(reserved).ok() != Some(slots.len()) {
        return Err(ErrorCode::SlotNotDrawable.into());
    }
    Ok(rows)
}

/// The slots of a lottery are booked like others from now on.
///
/// # Errors
/// The rows cannot be written.
pub async fn end_lottery(tx: &Tx, lottery_id: Uuid) -> AppResult<()> {
    Ok(queries::end_lottery(tx, lottery_id).await?)
}

/// # Errors
/// The rows cannot be read.
pub async fn drawn_slots(
    conn: &impl ConnectionTrait,
    slots: impl IntoIterator<Item = Uuid>,
) -> AppResult<Vec<DrawnSlot>> {
    let rows = queries::slots(conn, slots).await?;
    Ok(rows.into_iter().map(|slot| DrawnSlot { places: room(&slot), slot }).collect())
}

/// Gives places in the given order, and a place in the line to who comes too late. Accounts and
/// slots are locked first, each in one order. `None`: somebody got in between, and the transaction is
/// of no more use.
///
/// # Errors
/// The rows cannot be read or written.
pub async fn give_drawn(app: &App, tx: &mut Tx, drawn: &[Drawn]) -> AppResult<Option<Vec<Given>>> {
    let active = queries::lock_active(tx, drawn.iter().filter_map(|one| one.account_id)).await?;
    queries::lock_slots(tx, drawn.iter().map(|one| one.slot_id)).await?;
    let mut given = Vec::with_capacity(drawn.len());
    for one in drawn {
        let got = match one.account_id.filter(|id| active.contains(id)) {
            Some(account_id) => give(app, tx, account_id, one).await?,
            None => Some(Given::Nothing),
        };
        let Some(got) = got else { return Ok(None) };
        given.push(got);
    }
    Ok(Some(given))
}

async fn give(app: &App, tx: &mut Tx, account_id: Uuid, one: &Drawn) -> AppResult<Option<Given>> {
    let first = match one.needs_confirmation {
        true => BookingStatus::PendingLab,
        false => BookingStatus::Confirmed,
    };
    let ask = Ask {
        slot_id: one.slot_id,
        account_id: Some(account_id),
        booked_by: None,
        first,
        units: 1,
        channel: BookingChannel::Online,
        product_name: one.product_name.clone(),
        whom: Whom::default(),
    };
    let asker = match may_ask(app, tx, &ask, true).await {
        Ok(asker) => asker,
        // What they were drawn for is the next one's.
        Err(error) if is_own_fault(error.code()) => return Ok(Some(Given::Nothing)),
        Err(error) => return Err(error),
    };
    let want =
        Want { is_drawn: true, ..want(app, 1, ask.channel, tx.now(), Precedence::default()) };
    if let Some(slot) = queries::hold_place(tx, ask.slot_id, holding(first), &want).await? {
        let (account_no, phone_no) = asker.numbers;
        let row = booking::ActiveModel {
            account_quota_no: Set(account_no),
            phone_quota_no: Set(phone_no),
            phone_index: Set(asker.phone_index),
            ..row(app, tx, &ask, &slot)?
        };
        let booking = insert(app, tx, row, &slot).await?;
        return Ok(booking.map(|booking| Given::Place(booking.id)));
    }
    let slot = queries::slot(tx, ask.slot_id).await?;
    let slot = slot.ok_or_else(|| AppError::internal("a slot vanished"))?;
    let is_open = slot.status == SlotStatus::Open && slot.starts_at > tx.now();
    let has_end = slot.waiting >= i32::from(app.config.appointments.waitlist_per_slot);
    let is_active = require_lab(tx, slot.lab_id).await?.status == LabStatus::Active;
    if !is_open || has_end || !is_active {
        return Ok(Some(Given::Nothing));
    }
    let ask = Ask { first: BookingStatus::Waitlisted, ..ask };
    let waiting = stand_in_line(app, tx, &ask, asker.phone_index, &slot).await?;
    let Some(waiting) = waiting else { return Ok(None) };
    // There may be room that nobody before could use.
    places_freed(app, tx, slot.id).await?;
    Ok(Some(Given::Line(waiting.id)))
}

/// Whether somebody could not book at all.
fn is_own_fault(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::AlreadyBooked | ErrorCode::QuotaExceeded | ErrorCode::BookingPaused)
}
