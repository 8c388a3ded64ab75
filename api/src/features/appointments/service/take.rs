//! Taking places: every booking that gets places begins here.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::booking::{self, BookingChannel, BookingStatus};
use entity::slot::SlotStatus;
use entity::{booking_event, slot};
use sea_orm::{ActiveModelTrait as _, ConnectionTrait, Set};
use uuid::Uuid;

use super::check_in::new_pin;
use super::person::Whom;
use super::{rules, seconds};
use crate::app::App;
use crate::features::appointments::jobs::ExpireBookings;
use crate::features::appointments::model::{
    Number, expected_until, free_number, holding, refusal, waits_until,
};
use crate::features::appointments::queries::{self, Precedence, Standing, Want};
use crate::features::labs::service::require_bookable;
use crate::platform::clock::local_date;
use crate::platform::config::Appointments;
use crate::platform::db::{AuditActor, Tx, unique_violation};
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};
use crate::platform::jobs::Schedule;

/// A held place may come back when the lab rejects; asking again sooner is of no use.
const HELD_RETRY: Duration = Duration::from_secs(600);
const PUBLIC_CODE_LENGTH: usize = 10;
/// How often to begin anew when somebody got in between; by then the account is locked, and only
/// a phone that many share can still be in the way.
const TRIES: usize = 8;

/// What somebody asks of a slot.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub slot_id: Uuid,
    pub account_id: Option<Uuid>,
    /// The member of staff who asks for somebody.
    pub booked_by: Option<Uuid>,
    pub first: BookingStatus,
    pub units: i32,
    pub channel: BookingChannel,
    pub product_name: String,
    pub whom: Whom,
}

impl Ask {
    /// Whether the person has places in the slot.
    pub fn is_among(&self, standing: &[Standing]) -> bool {
        standing
            .iter()
            .any(|one| one.slot_id == self.slot_id && one.person_index == self.whom.person_index)
    }
}

/// Runs a transaction that may find somebody in between, until it does not.
///
/// # Errors
/// Those of `attempt`, and `unavailable` when there is no end to it.
pub(super) async fn until_settled<T>(
    attempt: impl AsyncFn(bool) -> AppResult<Option<T>>,
) -> AppResult<T> {
    for round in 0..TRIES {
        if let Some(done) = attempt(round > 0).await? {
            return Ok(done);
        }
    }
    Err(ErrorCode::Unavailable.into())
}

/// Checks what can be checked without a place, takes the places, and inserts the booking with the
/// first line of its timeline and the job that ends its waiting. `None`: somebody got in between,
/// and the transaction is of no more use.
///
/// # Errors
/// Why not: see `model::refusal`, `already_booked`, `quota_exceeded`, `booking_paused`.
pub(super) async fn take(
    app: &App,
    tx: &mut Tx,
    ask: &Ask,
    is_again: bool,
) -> AppResult<Option<(booking::Model, slot::Model)>> {
    let Asker { precedence, phone_index, numbers } = may_ask(app, tx, ask, is_again).await?;
    let (account_no, phone_no) = numbers;
    let want = want(app, ask.units, ask.channel, tx.now(), precedence);
    let Some(slot) = queries::hold_place(tx, ask.slot_id, holding(ask.first), &want).await? else {
        return Err(why_not(app, tx, ask.slot_id, &want).await?);
    };
    let row = booking::ActiveModel {
        account_quota_no: Set(account_no),
        phone_quota_no: Set(phone_no),
        phone_index: Set(phone_index),
        ..row(app, tx, ask, &slot)?
    };
    let Some(booking) = insert(app, tx, row, &slot).await? else { return Ok(None) };
    Ok(Some((booking, slot)))
}

/// What is known of somebody who may ask.
pub(super) struct Asker {
    pub precedence: Precedence,
    pub phone_index: Option<Vec<u8>>,
    /// Of the quotas, for one more booking.
    pub numbers: (Option<i32>, Option<i32>),
}

/// Checks what does not depend on the slot's places.
///
/// # Errors
/// `booking_paused`, `already_booked`, `quota_exceeded`.
pub(super) async fn may_ask(app: &App, tx: &Tx, ask: &Ask, is_again: bool) -> AppResult<Asker> {
    let account = match ask.account_id {
        Some(id) => {
            if is_again {
                queries::lock_account(tx, id).await?;
            }
            queries::asker(tx, id, tx.now()).await?
        }
        None => None,
    };
    if account.as_ref().is_some_and(|account| account.is_paused) {
        return Err(ErrorCode::BookingPaused.into());
    }
    let (precedence, own_phone) = account.map(|a| (a.precedence, a.phone_index)).unzip();
    let phone_index = ask.whom.phone_index.clone().or(own_phone.flatten());
    let quota = Quota { account_id: ask.account_id, phone_index: phone_index.as_deref() };
    let standing = queries::standing(tx, quota.account_id, quota.phone_index).await?;
    if ask.is_among(&standing) {
        return Err(ErrorCode::AlreadyBooked.into());
    }
    let numbers = quota.free_numbers(app, tx, &standing).await?;
    Ok(Asker { precedence: precedence.unwrap_or_default(), phone_index, numbers })
}

/// Whose visits ahead are counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quota<'a> {
    pub account_id: Option<Uuid>,
    pub phone_index: Option<&'a [u8]>,
}

impl Quota<'_> {
    /// The numbers that one more booking gets.
    ///
    /// # Errors
    /// `quota_exceeded`.
    pub async fn numbers(self, app: &App, tx: &Tx) -> AppResult<(Option<i32>, Option<i32>)> {
        let standing = queries::standing(tx, self.account_id, self.phone_index).await?;
        self.free_numbers(app, tx, &standing).await
    }

    async fn free_numbers(
        self,
        app: &App,
        tx: &Tx,
        standing: &[Standing],
    ) -> AppResult<(Option<i32>, Option<i32>)> {
        let settings = &app.config.appointments;
        let of_phone = match self.phone_index {
            Some(phone) if settings.phone_quota > 0 => {
                free_number(queries::phone_numbers(tx, phone).await?, settings.phone_quota)
            }
            _ => Number::Unlimited,
        };
        let of_account = match self.account_id {
            Some(_) => account_number(settings, standing),
            None => Number::Unlimited,
        };
        both(of_account, of_phone)
    }
}

/// The number of the account's quota for one more.
pub(super) fn account_number(settings: &Appointments, standing: &[Standing]) -> Number {
    let ahead = standing.iter().filter(|one| one.is_ahead);
    free_number(ahead.filter_map(|one| one.account_quota_no), settings.account_quota)
}

/// # Errors
/// `quota_exceeded` when one of the two is used up.
pub(super) fn both(of_account: Number, of_phone: Number) -> AppResult<(Option<i32>, Option<i32>)> {
    if of_account == Number::Exhausted || of_phone == Number::Exhausted {
        return Err(ErrorCode::QuotaExceeded.into());
    }
    Ok((of_account.value(), of_phone.value()))
}

pub(super) fn want(
    app: &App,
    units: i32,
    channel: BookingChannel,
    now: DateTime<Utc>,
    precedence: Precedence,
) -> Want {
    let not_before = now + rules(&app.config.appointments).cutoff;
    Want { units, channel, now, not_before, precedence, is_drawn: false }
}

/// A booking as it begins.
pub(super) fn row(
    app: &App,
    tx: &Tx,
    ask: &Ask,
    slot: &slot::Model,
) -> AppResult<booking::ActiveModel> {
    let now = tx.now();
    let is = |status| ask.first == status;
    Ok(booking::ActiveModel {
        id: Set(tx.new_id()),
        account_id: Set(ask.account_id),
        slot_id: Set(slot.id),
        lab_id: Set(slot.lab_id),
        service_id: Set(slot.service_id),
        status: Set(ask.first),
        product_name: Set(ask.product_name.clone()),
        confirm_by: Set(is(BookingStatus::PendingLab).then(|| confirm_by(app, now, slot))),
        expires_at: Set(
            is(BookingStatus::Held).then(|| now + seconds(app.config.appointments.hold_secs))
        ),
        decided_at: Set(is(BookingStatus::Confirmed).then_some(now)),
        decided_by: Set(ask.booked_by.filter(|_| is(BookingStatus::Confirmed))),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(0),
        units: Set(ask.units),
        channel: Set(ask.channel),
        beneficiary_cipher: Set(ask.whom.name_cipher.clone()),
        beneficiary_phone_cipher: Set(ask.whom.phone_cipher.clone()),
        person_index: Set(ask.whom.person_index.clone()),
        phone_index: Set(ask.whom.phone_index.clone()),
        booked_by: Set(ask.booked_by),
        public_code: Set(app.ids.readable(PUBLIC_CODE_LENGTH)),
        pin_cipher: Set(Some(new_pin(app)?)),
        ..booking::ActiveModel::default_values()
    })
}

/// When the lab must have answered.
pub(super) fn confirm_by(app: &App, now: DateTime<Utc>, slot: &slot::Model) -> DateTime<Utc> {
    (now + seconds(app.config.appointments.confirm_within_secs)).min(slot.starts_at)
}

/// Inserts a booking with the first line of its timeline and the job that ends its waiting.
pub(super) async fn insert(
    app: &App,
    tx: &mut Tx,
    row: booking::ActiveModel,
    slot: &slot::Model,
) -> AppResult<Option<booking::Model>> {
    let booking = match queries::insert_booking(tx, row).await {
        Ok(booking) => booking,
        Err(cause) if unique_violation(&cause) => return Ok(None),
        Err(cause) => return Err(cause.into()),
    };
    record(tx, booking.id, None, booking.status, None).await?;
    expire_in_time(app, tx, &booking, slot).await?;
    Ok(Some(booking))
}

/// Adds a line to the timeline.
pub(super) async fn record(
    tx: &Tx,
    booking_id: Uuid,
    from: Option<BookingStatus>,
    to: BookingStatus,
    reason: Option<String>,
) -> AppResult<()> {
    let row = booking_event::ActiveModel {
        from_status: Set(from),
        reason: Set(reason),
        ..line(tx, tx.actor(), booking_id, to)
    };
    Ok(queries::insert_event(tx, row).await?)
}

/// The first line of a timeline.
pub(super) fn line(
    tx: &Tx,
    actor: AuditActor,
    booking_id: Uuid,
    to: BookingStatus,
) -> booking_event::ActiveModel {
    let (actor_kind, actor_id) = actor.parts();
    booking_event::ActiveModel {
        id: Set(tx.new_id()),
        booking_id: Set(booking_id),
        from_status: Set(None),
        to_status: Set(to),
        actor_kind: Set(actor_kind),
        actor_id: Set(actor_id),
        reason: Set(None),
        at: Set(tx.now()),
    }
}

/// Asks for the job that ends the waiting of a booking, at the instant when it ends.
pub(super) async fn expire_in_time(
    app: &App,
    tx: &mut Tx,
    booking: &booking::Model,
    slot: &slot::Model,
) -> AppResult<()> {
    let jobs = ends_of_waiting(app, [(booking, slot)]);
    Ok(tx.enqueue_all(jobs.iter().map(|(job, schedule)| (job, schedule.clone()))).await?)
}

/// The jobs that end the waiting of bookings: one for all whose waiting ends at the same instant.
pub(super) fn ends_of_waiting<'a>(
    app: &App,
    bookings: impl IntoIterator<Item = (&'a booking::Model, &'a slot::Model)>,
) -> Vec<(ExpireBookings, Schedule)> {
    let mut ends = BTreeMap::<DateTime<Utc>, Vec<Uuid>>::new();
    for (booking, slot) in bookings {
        if let Some(end) = end_of_waiting(app, booking, slot) {
            ends.entry(end).or_default().push(booking.id);
        }
    }
    ends.into_iter()
        .map(|(end, booking_ids)| (ExpireBookings { booking_ids }, Schedule::at(end)))
        .collect()
}

/// When the waiting of a booking ends, if it waits.
fn end_of_waiting(
    app: &App,
    booking: &booking::Model,
    slot: &slot::Model,
) -> Option<DateTime<Utc>> {
    match booking.status {
        BookingStatus::PendingLab
        | BookingStatus::Held
        | BookingStatus::Offered
        | BookingStatus::Waitlisted => Some(waits_until(booking, slot)),
        BookingStatus::Confirmed => {
            Some(expected_until(booking, slot, rules(&app.config.appointments)))
        }
        _ => None,
    }
}

/// Why a slot did not give what was wanted.
pub(super) async fn why_not(
    app: &App,
    conn: &impl ConnectionTrait,
    slot_id: Uuid,
    want: &Want,
) -> AppResult<AppError> {
    let slot = queries::slot(conn, slot_id).await?;
    let Some(slot) = slot else { return Ok(ErrorCode::NotFound.into()) };
    let rules = rules(&app.config.appointments);
    let code = refusal(&slot, &want.wish(), rules);
    if code == ErrorCode::SlotClosed && slot.status == SlotStatus::Open {
        // There was room; it is the lab that takes no bookings.
        require_bookable(conn, slot.service_id, local_date(want.now)).await?;
    }
    Ok(refused(code, &slot, want.now))
}

/// A refusal, with the time after which it may be another.
pub(super) fn refused(code: ErrorCode, slot: &slot::Model, now: DateTime<Utc>) -> AppError {
    let error = AppError::new(code);
    let wait = match code {
        ErrorCode::SlotHeld => Some(HELD_RETRY),
        ErrorCode::SlotNotReleased => until(slot.released_at, now),
        ErrorCode::DistrictFirst => until(slot.district_first_until, now),
        _ => None,
    };
    match wait {
        Some(wait) => error.retry_after(wait),
        None => error,
    }
}

fn until(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Duration> {
    (at? - now).to_std().ok()
}

/// # Errors
/// `validation_failed` for none, or more places than one booking may take.
pub(super) fn check_units(app: &App, units: i32) -> AppResult<()> {
    let most = app.config.appointments.group_units;
    if (1..=i32::from(most)).contains(&units) {
        return Ok(());
    }
    Err(FieldError::out_of_range("units", 1, u64::from(most)).into())
}
