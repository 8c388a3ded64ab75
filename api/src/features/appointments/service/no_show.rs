//! A no-show that was none.

use chrono::{DateTime, Utc};
use entity::booking::{self, BookingStatus};
use uuid::Uuid;

use super::cancel::of_scope;
use super::change::{By, change_booking};
use super::read::seen_by_staff;
use super::seconds;
use crate::app::App;
use crate::features::appointments::dto::{BookingView, UndoNoShow};
use crate::features::appointments::model::{BookingAction, Party, PauseRule, pause_until};
use crate::features::appointments::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Tx;
use crate::platform::http::{AppResult, ErrorCode, MaybeIfMatch};

/// The lab knows that they came: they count as having come when the slot began.
///
/// # Errors
/// `no_show_settled` after `undo_no_show_days`.
pub async fn undo_no_show(
    ctx: &Ctx<perm::BookingDecide>,
    id: Uuid,
    version: MaybeIfMatch,
    input: UndoNoShow,
) -> AppResult<BookingView> {
    let (app, staff_id) = (&ctx.app, ctx.actor.staff_id);
    let mut tx = ctx.begin().await?;
    let before = of_scope(ctx, &tx, id).await?;
    lock_owner(&tx, &before).await?;
    let by = By { reason: Some(input.reason), ..By::staff(Party::Lab, staff_id, version.0) };
    let action = BookingAction::UndoNoShow;
    let (_, slot) = change_booking(app, &mut tx, before.clone(), action, by).await?;
    let booking = let_in(app, &tx, &before, staff_id, slot.starts_at, None).await?;
    tx.audit_change("booking.undo_no_show", "booking", id, &before, &booking, None).await?;
    tx.commit().await?;
    seen_by_staff(ctx, &booking, &slot)
}

/// Before the booking itself, as whoever joins two accounts does.
pub(super) async fn lock_owner(tx: &Tx, booking: &booking::Model) -> AppResult<()> {
    if let Some(account_id) = booking.account_id {
        queries::lock_account(tx, account_id).await?;
    }
    Ok(())
}

/// Notes when and where somebody came in, and ends what followed from their not coming. `before` is
/// the booking as it was, with its owner locked if it was a no-show.
pub(super) async fn let_in(
    app: &App,
    tx: &Tx,
    before: &booking::Model,
    by: Uuid,
    at: DateTime<Utc>,
    place: Option<String>,
) -> AppResult<booking::Model> {
    queries::set_checked_in(tx, before.id, by, place, at).await?;
    if let (BookingStatus::NoShow, Some(account_id)) = (before.status, before.account_id) {
        release_pause(app, tx, account_id).await?;
    }
    let booking = queries::any_booking(tx, before.id).await?;
    booking.ok_or_else(|| ErrorCode::NotFound.into())
}

/// A pause lasts as long as the no-shows that are left say.
async fn release_pause(app: &App, tx: &Tx, account_id: Uuid) -> AppResult<()> {
    let settings = &app.config.appointments;
    let rule = PauseRule {
        limit: usize::from(settings.no_show_limit),
        window: seconds(settings.no_show_window_secs),
        pause: seconds(settings.pause_secs),
    };
    let left = queries::no_shows(tx, account_id).await?;
    let until = pause_until(&left, rule).filter(|until| *until > tx.now());
    Ok(queries::end_pause(tx, account_id, NO_SHOW, until).await?)
}

/// Why somebody is paused.
pub(super) const NO_SHOW: &str = "no_show";
