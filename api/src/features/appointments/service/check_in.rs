//! The door: what a visitor shows, and what the lab's staff scan.

use chrono::{DateTime, Utc};
use entity::booking::{self, BookingStatus};
use entity::slot;
use serde_json::json;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::cancel::of_scope;
use super::change::{By, change_booking};
use super::day_key;
use super::no_show::NO_SHOW;
use super::read::seen_by_staff;
use super::seconds;
use crate::app::App;
use crate::features::appointments::dto::{BookingView, CheckIn, CheckInCodeView};
use crate::features::appointments::model::{BookingAction, CheckInCode, Party};
use crate::features::appointments::{policy, queries};
use crate::platform::auth::{Ctx, perm};
use crate::platform::crypto::column;
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};
use crate::platform::qr_code;

pub(super) const PIN: &str = column::BOOKING_PIN.purpose;
/// Of those whose visitors are in.
pub(super) const CAME: [BookingStatus; 3] =
    [BookingStatus::CheckedIn, BookingStatus::Testing, BookingStatus::Completed];

/// Six digits that a visitor without a screen can show on paper.
pub(super) fn new_pin(app: &App) -> AppResult<Vec<u8>> {
    let mut bytes = [0; 4];
    app.ids.fill(&mut bytes);
    let pin = format!("{:06}", u32::from_le_bytes(bytes) % 1_000_000);
    app.cipher.seal(PIN, pin.as_bytes())
}

pub(super) fn is_pin_of(app: &App, booking: &booking::Model, pin: &str) -> AppResult<bool> {
    let Some(sealed) = booking.pin_cipher.as_deref() else { return Ok(false) };
    let own = app.cipher.open_text(PIN, sealed)?;
    Ok(own.as_bytes().ct_eq(pin.as_bytes()).into())
}

/// What the owner shows now; it is good for `check_in_code_secs`.
pub async fn get_check_in_code(
    ctx: &Ctx<perm::BookingUse>,
    id: Uuid,
) -> AppResult<CheckInCodeView> {
    let (booking, slot) = confirmed(ctx, id).await?;
    let (code, expires_at) = signed(&ctx.app, id, &slot, ctx.now);
    let pin = booking.pin_cipher.as_deref();
    let pin = pin.map(|sealed| ctx.app.cipher.open_text(PIN, sealed)).transpose()?;
    Ok(CheckInCodeView { code, expires_at, public_code: booking.public_code, pin })
}

/// The same as a picture: PNG, black on white.
pub async fn get_check_in_picture(ctx: &Ctx<perm::BookingUse>, id: Uuid) -> AppResult<Vec<u8>> {
    let (_, slot) = confirmed(ctx, id).await?;
    let (code, _) = signed(&ctx.app, id, &slot, ctx.now);
    qr_code::png(&code)
}

async fn confirmed(
    ctx: &Ctx<perm::BookingUse>,
    id: Uuid,
) -> AppResult<(booking::Model, slot::Model)> {
    let booking = queries::own_booking(&ctx.app.db, ctx.actor.account_id, id).await?;
    let booking = booking.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    if booking.status != BookingStatus::Confirmed {
        return Err(ErrorCode::BookingNotPending.into());
    }
    let slot = queries::slot(&ctx.app.db, booking.slot_id).await?;
    Ok((booking, slot.ok_or_else(|| AppError::internal("a booking without its slot"))?))
}

fn signed(
    app: &App,
    booking_id: Uuid,
    slot: &slot::Model,
    now: DateTime<Utc>,
) -> (String, DateTime<Utc>) {
    let end = now + seconds(app.config.appointments.check_in_code_secs);
    let expires_at = DateTime::from_timestamp(end.timestamp(), 0).unwrap_or(end);
    let code = CheckInCode { booking_id, expires_at };
    let signature = hex::encode(code.signature(&day_key::current(app, slot)));
    (format!("{}.{signature}", code.content()), expires_at)
}

/// Lets a visitor in, by what was scanned or by code and PIN; or takes a parcel in, by its number.
///
/// # Errors
/// `check_in_code_invalid`, `check_in_code_expired`, `already_checked_in`, `check_in_closed`; another
/// lab's booking does not exist.
pub async fn check_in(ctx: &Ctx<perm::BookingDecide>, input: CheckIn) -> AppResult<BookingView> {
    let mut tx = ctx.begin().await?;
    let before = shown(ctx, &tx, &input).await?;
    if CAME.contains(&before.status) {
        return Err(ErrorCode::AlreadyCheckedIn.into());
    }
    let by = By::staff(Party::Lab, ctx.actor.staff_id, None);
    let action = BookingAction::CheckIn;
    let (booking, slot) = match change_booking(&ctx.app, &mut tx, before.clone(), action, by).await
    {
        // Two doors at the same moment.
        Err(error) if error.code() == ErrorCode::BookingNotPending => {
            let now = queries::any_booking(&tx, before.id).await?;
            let is_in = now.is_some_and(|booking| CAME.contains(&booking.status));
            return Err(if is_in { ErrorCode::AlreadyCheckedIn.into() } else { error });
        }
        changed => changed?,
    };
    let (id, staff) = (booking.id, ctx.actor.staff_id);
    queries::set_checked_in(&tx, id, staff, input.place, ctx.now).await?;
    let (by_code, by_parcel) = (input.code.is_some(), input.parcel_number.is_some());
    let details = json!({ "by_code": by_code, "by_parcel": by_parcel });
    tx.audit_change("booking.check_in", "booking", id, &before, &booking, Some(details)).await?;
    tx.commit().await?;
    seen_by_staff(ctx, &booking, &slot)
}

async fn shown(
    ctx: &Ctx<perm::BookingDecide>,
    tx: &Tx,
    input: &CheckIn,
) -> AppResult<booking::Model> {
    let invalid = || AppError::new(ErrorCode::CheckInCodeInvalid);
    let scope = policy::labs::<perm::BookingDecide>(&ctx.actor);
    match (&input.code, &input.public_code, &input.pin, &input.parcel_number) {
        (Some(text), None, None, None) => {
            let (code, signature) = CheckInCode::read(text.trim()).ok_or_else(invalid)?;
            let booking = of_scope(ctx, tx, code.booking_id).await?;
            let slot = queries::slot(tx, booking.slot_id).await?.ok_or_else(invalid)?;
            if !day_key::is_signed(&ctx.app, &slot, &code, &signature) {
                return Err(invalid());
            }
            if code.expires_at <= ctx.now {
                return Err(ErrorCode::CheckInCodeExpired.into());
            }
            Ok(booking)
        }
        (None, None, None, Some(parcel)) => {
            let parcel = parcel.trim().to_ascii_uppercase();
            let booking = queries::lab_booking_of_parcel(tx, &scope, &parcel).await?;
            booking.ok_or_else(|| ErrorCode::NotFound.into())
        }
        (None, Some(public_code), Some(pin), None) => {
            let public_code = public_code.trim().to_uppercase();
            let booking = queries::lab_booking_of_code(tx, &scope, &public_code).await?;
            let booking = booking.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
            if is_pin_of(&ctx.app, &booking, pin)? { Ok(booking) } else { Err(invalid()) }
        }
        _ => {
            let message = "请扫描二维码，或同时填写预约码和核销码，或填写快递单号";
            Err(FieldError::new("code", "required", message).into())
        }
    }
}

/// Notes that somebody did not come; who does so again and again may not book for a while.
pub(super) async fn note_no_show(app: &App, tx: &Tx, booking: &booking::Model) -> AppResult<()> {
    let Some(account_id) = booking.account_id else { return Ok(()) };
    let settings = &app.config.appointments;
    // Nobody takes one back meanwhile.
    queries::lock_account(tx, account_id).await?;
    let since = tx.now() - seconds(settings.no_show_window_secs);
    let missed = queries::count_no_shows(tx, account_id, since).await?;
    if settings.no_show_limit > 0 && missed >= u64::from(settings.no_show_limit) {
        let until = tx.now() + seconds(settings.pause_secs);
        queries::put_pause(tx, account_id, until, NO_SHOW, tx.now()).await?;
    }
    Ok(())
}
