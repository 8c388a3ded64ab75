use std::fmt::Display;

use bytes::Bytes;
use entity::booking::BookingStatus;
use entity::media_file::{MediaHolder, MediaPurpose};
use futures_util::Stream;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::features::appointments::service::find_lab_booking;
use crate::features::media::service::{examine, get_held_media, keep, receive};
use crate::features::samples::dto::ReportFileView;
use crate::features::samples::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppError, AppResult, ErrorCode, StoredFile};

/// Takes the document of a report in. It is deleted after a day unless a report takes hold of it.
///
/// # Errors
/// `booking_not_pending` before the test has begun; `body_too_large`, `media_rejected`,
/// `media_active`.
pub async fn upload_report_file(
    ctx: &Ctx<perm::ResultPublish>,
    booking_id: Uuid,
    body: impl Stream<Item = Result<Bytes, impl Display>>,
) -> AppResult<ReportFileView> {
    let (app, purpose) = (&ctx.app, MediaPurpose::LabReport);
    let scope = ctx.actor.labs::<perm::ResultPublish>();
    let booking = find_lab_booking(&app.db, &scope, booking_id).await?;
    if !matches!(booking.status, BookingStatus::Testing | BookingStatus::Completed) {
        return Err(ErrorCode::BookingNotPending.into());
    }
    let upload = receive(app, purpose, body).await?;
    let examined = examine(app, purpose, upload.content.clone()).await?;
    let media_id = keep(app, ctx.audit_actor(), purpose, &examined).await?;
    let content = &examined.full.content;
    let sha256 = hex::encode(Sha256::digest(content));
    Ok(ReportFileView { media_id, bytes: content.len(), sha256 })
}

/// The document of any revision. It may name its owner, so the look itself is audited.
pub async fn get_report_file(
    ctx: &Ctx<perm::SampleManage>,
    booking_id: Uuid,
    revision: i32,
) -> AppResult<StoredFile> {
    let scope = ctx.actor.labs::<perm::SampleManage>();
    let tx = ctx.begin().await?;
    let booking = find_lab_booking(&tx, &scope, booking_id).await?;
    let report = queries::report_of_revision(&tx, booking.id, revision).await?;
    let report = report.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let holder = (MediaHolder::LabReport, report.id);
    let file = get_held_media(&tx, holder, report.media_id, None).await?;
    let details = json!({ "revision": revision });
    tx.audit("report.read", "lab_report", report.id, Some(details)).await?;
    tx.commit().await?;
    Ok(file)
}
