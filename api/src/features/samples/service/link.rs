use chrono::{DateTime, TimeDelta};
use entity::lab_report::ReportStatus;
use entity::media_file::MediaHolder;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::app::App;
use crate::features::appointments::service::find_own_booking;
use crate::features::media::service::get_held_media;
use crate::features::samples::dto::ReportLinkView;
use crate::features::samples::model::ReportLink;
use crate::features::samples::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppError, AppResult, ErrorCode, StoredFile};

/// The key of an index signs too, for a purpose of its own; it changes with the others.
const SIGNATURE: &str = "report.link";

/// A link to the valid report for whatever program shows documents, which has no token.
///
/// # Errors
/// `report_not_ready`, `report_changed` when it was withdrawn
pub async fn create_report_link(
    ctx: &Ctx<perm::BookingUse>,
    booking_id: Uuid,
) -> AppResult<ReportLinkView> {
    let (app, db) = (&ctx.app, &ctx.app.db);
    let booking = find_own_booking(db, ctx.actor.account_id, booking_id).await?;
    let report = queries::newest_report(db, booking.id).await?;
    let report = report.ok_or_else(|| AppError::new(ErrorCode::ReportNotReady))?;
    if report.status != ReportStatus::Valid {
        return Err(ErrorCode::ReportChanged.into());
    }
    let end = ctx.now + TimeDelta::seconds(i64::from(app.config.samples.link_secs));
    let expires_at = DateTime::from_timestamp(end.timestamp(), 0).unwrap_or(end);
    let content = ReportLink { report_id: report.id, expires_at }.content();
    let signature = hex::encode(app.blind_index.array(SIGNATURE, &content));
    Ok(ReportLinkView { url: format!("/api/v1/report-files/{content}.{signature}"), expires_at })
}

/// The document behind a link.
///
/// # Errors
/// `report_link_invalid`, `report_link_expired`; `report_changed` when it no longer holds.
pub async fn download_report(ctx: &Ctx<perm::Public>, token: &str) -> AppResult<StoredFile> {
    let (app, db) = (&ctx.app, &ctx.app.db);
    let invalid = || AppError::new(ErrorCode::ReportLinkInvalid);
    let (link, signature) = ReportLink::read(token).ok_or_else(invalid)?;
    if !is_ours(app, &link.content(), &signature) {
        return Err(invalid());
    }
    if link.expires_at <= ctx.now {
        return Err(ErrorCode::ReportLinkExpired.into());
    }
    let report = queries::report(db, link.report_id).await?.ok_or_else(invalid)?;
    if report.status != ReportStatus::Valid {
        return Err(ErrorCode::ReportChanged.into());
    }
    get_held_media(db, (MediaHolder::LabReport, report.id), report.media_id, None).await
}

/// Under any key that a link may still be under.
fn is_ours(app: &App, content: &str, signature: &[u8]) -> bool {
    let keys = app.blind_index.all_of(SIGNATURE, content).into_iter();
    // The hash stands behind the name of its key.
    keys.filter_map(|index| index.last_chunk::<32>().copied())
        .any(|own| own.ct_eq(signature).into())
}
