use chrono::{DateTime, Utc};
use entity::booking::{self, BookingStatus};
use entity::notification::NotificationKind;
use entity::slot;
use serde_json::json;
use uuid::Uuid;

use super::book::{page_of_views, record};
use super::cutoff;
use crate::app::App;
use crate::features::appointments::dto::{
    BookingView, CancelBooking, LabBookingFilter, RejectBooking,
};
use crate::features::appointments::model::{BookingAction, Party, is_past_cutoff, transition};
use crate::features::appointments::policy;
use crate::features::appointments::queries::{self, Change};
use crate::features::notifications::service::notify;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{AuditActor, Page, Tx};
use crate::platform::http::{AppError, AppResult, ErrorCode};

pub async fn list_lab_bookings(
    ctx: &Ctx<perm::BookingDecide>,
    filter: LabBookingFilter,
) -> AppResult<Page<BookingView>> {
    let (cursor, limit) = filter.page().parse()?;
    let scope = policy::labs::<perm::BookingDecide>(&ctx.actor);
    let rows = queries::lab_page(&ctx.app.db, &scope, filter.status, cursor, limit).await?;
    page_of_views(ctx, rows, limit, Party::Lab).await
}

pub async fn cancel_booking(
    ctx: &Ctx<perm::BookingUse>,
    id: Uuid,
    input: CancelBooking,
) -> AppResult<BookingView> {
    let mut tx = ctx.begin().await?;
    let booking = queries::own_booking(&tx, ctx.actor.account_id, id).await?;
    let booking = booking.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let by = By { who: Party::Resident, decided_by: None, reason: input.reason, is_leaving: false };
    let (booking, slot) = change(&ctx.app, &mut tx, booking, BookingAction::Cancel, by).await?;
    tx.commit().await?;
    Ok(BookingView::of(booking, &slot, Party::Resident, ctx.now, cutoff(&ctx.app)))
}

pub async fn confirm_booking(ctx: &Ctx<perm::BookingDecide>, id: Uuid) -> AppResult<BookingView> {
    decide(ctx, id, BookingAction::Confirm, None).await
}

pub async fn reject_booking(
    ctx: &Ctx<perm::BookingDecide>,
    id: Uuid,
    input: RejectBooking,
) -> AppResult<BookingView> {
    decide(ctx, id, BookingAction::Reject, Some(input.reason)).await
}

async fn decide(
    ctx: &Ctx<perm::BookingDecide>,
    id: Uuid,
    action: BookingAction,
    reason: Option<String>,
) -> AppResult<BookingView> {
    let scope = policy::labs::<perm::BookingDecide>(&ctx.actor);
    let mut tx = ctx.begin().await?;
    let booking = queries::lab_booking(&tx, &scope, id).await?;
    let booking = booking.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let decided_by = Some(ctx.actor.staff_id);
    let by = By { who: Party::Lab, decided_by, reason, is_leaving: false };
    let before = booking.clone();
    let (booking, slot) = change(&ctx.app, &mut tx, booking, action, by).await?;
    let details = json!({ "status": booking.status });
    tx.audit_change("booking.decide", "booking", id, &before, &booking, Some(details)).await?;
    tx.commit().await?;
    Ok(BookingView::of(booking, &slot, Party::Lab, ctx.now, cutoff(&ctx.app)))
}

/// Frees the place of a request that the lab did not answer in time. Decided meanwhile, it stays.
pub async fn expire_booking(app: &App, id: Uuid) -> AppResult<()> {
    let mut tx = app.begin(AuditActor::System).await?;
    let Some(booking) = queries::any_booking(&tx, id).await? else { return Ok(()) };
    if booking.status != BookingStatus::PendingLab || booking.confirm_by > tx.now() {
        return Ok(());
    }
    let by = By { who: Party::System, decided_by: None, reason: None, is_leaving: false };
    match change(app, &mut tx, booking, BookingAction::Expire, by).await {
        Ok(_) => Ok(tx.commit().await?),
        Err(error) if error.code() == ErrorCode::BookingNotPending => Ok(()),
        Err(error) => Err(error),
    }
}

/// Gives back every place of somebody whose account closes: those in slots that begin after the
/// given time, or all. At the last moment too, for then the lab at least knows.
///
/// # Errors
/// The database cannot be reached; what was given back stays so, and calling again goes on.
pub async fn release_places(
    app: &App,
    account_id: Uuid,
    starting_after: Option<DateTime<Utc>>,
) -> AppResult<()> {
    for id in queries::active_bookings(&app.db, account_id, starting_after).await? {
        let mut tx = app.begin(AuditActor::System).await?;
        let Some(booking) = queries::any_booking(&tx, id).await? else { continue };
        let reason = Some("用户注销账号".to_owned());
        let by = By { who: Party::Resident, decided_by: None, reason, is_leaving: true };
        match change(app, &mut tx, booking, BookingAction::Cancel, by).await {
            Ok(_) => tx.commit().await?,
            // Decided meanwhile: it holds no place any more.
            Err(error) if error.code() == ErrorCode::BookingNotPending => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

pub(super) struct By {
    pub who: Party,
    pub decided_by: Option<Uuid>,
    pub reason: Option<String>,
    /// Closes the account: the cut-off does not hold anybody.
    pub is_leaving: bool,
}

/// Every change of a booking goes through here: the table of transitions, the slot's counters
/// first, then the booking as it was read, its timeline, and the notice.
pub(super) async fn change(
    app: &App,
    tx: &mut Tx,
    booking: booking::Model,
    action: BookingAction,
    by: By,
) -> AppResult<(booking::Model, slot::Model)> {
    let refused = || AppError::new(ErrorCode::BookingNotPending);
    let step = transition(by.who, booking.status, action).ok_or_else(refused)?;
    let slot = queries::slot(tx, booking.slot_id).await?;
    let slot = slot.ok_or_else(|| AppError::internal("a booking without its slot"))?;
    let is_late = is_past_cutoff(booking.status, action, slot.starts_at, tx.now(), cutoff(app));
    if is_late && !by.is_leaving {
        return Err(ErrorCode::CutoffPassed.into());
    }
    let change = Change { to: step.to, reason: by.reason.clone(), decided_by: by.decided_by };
    let is_moved = queries::move_place(tx, slot.id, step.places).await?;
    if !is_moved || !queries::change_status(tx, &booking, change, tx.now()).await? {
        return Err(refused());
    }
    record(tx, booking.id, Some(booking.status), step.to, by.reason).await?;
    if let Some(kind) = notice(step.to) {
        notify(app, tx, booking.account_id, kind, booking.id).await?;
    }
    let booking = queries::any_booking(tx, booking.id).await?;
    Ok((booking.ok_or_else(|| AppError::internal("a booking vanished"))?, slot))
}

fn notice(status: BookingStatus) -> Option<NotificationKind> {
    match status {
        BookingStatus::Confirmed => Some(NotificationKind::BookingConfirmed),
        BookingStatus::Rejected => Some(NotificationKind::BookingRejected),
        BookingStatus::Expired => Some(NotificationKind::BookingExpired),
        BookingStatus::PendingLab | BookingStatus::CancelledByUser => None,
    }
}
