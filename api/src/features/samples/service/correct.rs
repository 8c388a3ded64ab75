use entity::booking;
use entity::lab_report::{self, ReportStatus};
use entity::notification::NotificationKind;
use uuid::Uuid;

use super::issue::{finish, issue};
use crate::features::appointments::service::{find_lab_booking, touch_booking};
use crate::features::notifications::service::notify;
use crate::features::samples::dto::{BookingResults, CorrectReport, PublishReport, WithdrawReport};
use crate::features::samples::queries::{self, End};
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// Issues the next revision in the place of the newest one, also of one that was withdrawn.
///
/// # Errors
/// `report_not_ready`, `stale_version`, `media_unavailable`
pub async fn correct_report(
    ctx: &Ctx<perm::ResultPublish>,
    booking_id: Uuid,
    version: i32,
    input: CorrectReport,
) -> AppResult<BookingResults> {
    let mut tx = ctx.begin().await?;
    let (booking, newest) = newest(ctx, &tx, booking_id, version).await?;
    end(ctx, &tx, &newest, ReportStatus::Superseded, input.reason).await?;
    let next = PublishReport { media_id: input.media_id, items: input.items };
    issue(ctx, &tx, &booking, newest.revision + 1, next).await?;
    tell(ctx, &mut tx, &booking).await?;
    finish(ctx, tx, booking_id).await
}

/// Takes a report back without another in its place.
///
/// # Errors
/// `report_not_ready`, `report_changed`, `stale_version`
pub async fn withdraw_report(
    ctx: &Ctx<perm::ResultPublish>,
    booking_id: Uuid,
    version: i32,
    input: WithdrawReport,
) -> AppResult<BookingResults> {
    let mut tx = ctx.begin().await?;
    let (booking, newest) = newest(ctx, &tx, booking_id, version).await?;
    if newest.status != ReportStatus::Valid {
        return Err(ErrorCode::ReportChanged.into());
    }
    end(ctx, &tx, &newest, ReportStatus::Withdrawn, input.reason).await?;
    queries::revoke_leads(&tx, booking_id, ctx.now).await?;
    tell(ctx, &mut tx, &booking).await?;
    finish(ctx, tx, booking_id).await
}

/// The booking, whose next version this transaction has, and the newest revision of its report.
async fn newest(
    ctx: &Ctx<perm::ResultPublish>,
    tx: &Tx,
    booking_id: Uuid,
    version: i32,
) -> AppResult<(booking::Model, lab_report::Model)> {
    let scope = ctx.actor.labs::<perm::ResultPublish>();
    let booking = find_lab_booking(tx, &scope, booking_id).await?;
    if queries::newest_report(tx, booking_id).await?.is_none() {
        return Err(ErrorCode::ReportNotReady.into());
    }
    touch_booking(tx, &booking, version).await?;
    // Only now is it sure to stay the newest.
    let newest = queries::newest_report(tx, booking_id).await?;
    let newest = newest.ok_or_else(|| AppError::internal("a report vanished"))?;
    Ok((booking, newest))
}

async fn end(
    ctx: &Ctx<perm::ResultPublish>,
    tx: &Tx,
    report: &lab_report::Model,
    to: ReportStatus,
    reason: String,
) -> AppResult<()> {
    let end = End { to, by: ctx.actor.staff_id, reason };
    if !queries::end_report(tx, report, end, ctx.now).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    let after = queries::report(tx, report.id).await?;
    Ok(tx.audit_change("report.end", "lab_report", report.id, report, &after, None).await?)
}

async fn tell(
    ctx: &Ctx<perm::ResultPublish>,
    tx: &mut Tx,
    booking: &booking::Model,
) -> AppResult<()> {
    // Somebody without an account hears it from the lab.
    let Some(account_id) = booking.account_id else { return Ok(()) };
    notify(&ctx.app, tx, account_id, NotificationKind::ReportChanged, booking.id).await
}
