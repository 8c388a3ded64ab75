//! The moment a result comes to be. All of it is one transaction, or none.

use entity::booking;
use entity::lab_report::{self, ReportStatus};
use entity::lab_result::{self, ResultVerdict};
use entity::media_file::{MediaHolder, MediaPurpose};
use entity::risk_lead::{self, RiskLeadStatus};
use entity::sample;
use sea_orm::Set;
use serde_json::json;
use uuid::Uuid;

use super::PAGE;
use super::view::view;
use crate::features::appointments::service::{By, change_booking, find_lab_booking, note_result};
use crate::features::appointments::{BookingAction, Party};
use crate::features::labs::service::require_lab;
use crate::features::media::service::{Hold, hold_media, list_held_media};
use crate::features::samples::dto::{BookingResults, PublishReport, ResultItem};
use crate::features::samples::model::{CODE_LENGTH, check_findings, conclusion};
use crate::features::samples::{policy, queries};
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ErrorCode, MaybeIfMatch};

/// Issues the report of a booking and completes it.
///
/// # Errors
/// `booking_not_pending`, `stale_version`, `media_unavailable`
pub async fn publish_report(
    ctx: &Ctx<perm::ResultPublish>,
    booking_id: Uuid,
    version: MaybeIfMatch,
    input: PublishReport,
) -> AppResult<BookingResults> {
    let scope = ctx.actor.labs::<perm::ResultPublish>();
    let mut tx = ctx.begin().await?;
    let before = find_lab_booking(&tx, &scope, booking_id).await?;
    let by = By::staff(Party::Lab, ctx.actor.staff_id, version.0);
    let action = BookingAction::Complete;
    let (booking, _) = change_booking(&ctx.app, &mut tx, before.clone(), action, by).await?;
    note_result(&tx, booking_id).await?;
    let report = issue(ctx, &tx, &booking, 1, input).await?;
    let details = json!({ "report": report.id, "conclusion": report.conclusion });
    tx.audit_change("booking.complete", "booking", booking_id, &before, &booking, Some(details))
        .await?;
    finish(ctx, tx, booking_id).await
}

/// Writes a revision of a booking's report, with its results and leads, into the transaction of its
/// cause. What the revision before had led to is taken back first.
pub(super) async fn issue(
    ctx: &Ctx<perm::ResultPublish>,
    tx: &Tx,
    booking: &booking::Model,
    revision: i32,
    input: PublishReport,
) -> AppResult<lab_report::Model> {
    let samples = queries::samples(tx, booking.id).await?;
    check_findings(&samples, &input.items.iter().map(ResultItem::finding).collect::<Vec<_>>())?;
    let id = tx.new_id();
    let sha256 = hold_document(ctx, tx, id, input.media_id).await?;
    let row = lab_report::ActiveModel {
        id: Set(id),
        booking_id: Set(booking.id),
        lab_id: Set(booking.lab_id),
        revision: Set(revision),
        status: Set(ReportStatus::Valid),
        code: Set(ctx.app.ids.readable(CODE_LENGTH)),
        media_id: Set(input.media_id),
        sha256: Set(sha256),
        conclusion: Set(conclusion(input.items.iter().map(|item| item.verdict))),
        issued_at: Set(tx.now()),
        issued_by: Set(ctx.actor.staff_id),
        ended_at: Set(None),
        ended_by: Set(None),
        ended_because: Set(None),
    };
    let report = queries::insert_report(tx, row).await?;
    let region_code = require_lab(tx, booking.lab_id).await?.region_code;
    let mut results = Vec::with_capacity(input.items.len());
    let mut leads = Vec::new();
    for (position, item) in (1..).zip(input.items) {
        let result_id = tx.new_id();
        if item.is_safety && item.verdict == ResultVerdict::Fail {
            let sample = samples.iter().find(|sample| sample.id == item.sample_id);
            let sample = sample.ok_or_else(|| AppError::internal("a result without its sample"))?;
            leads.push(lead(tx, &region_code, sample, result_id, &item));
        }
        results.push(lab_result::ActiveModel {
            id: Set(result_id),
            report_id: Set(report.id),
            sample_id: Set(item.sample_id),
            position: Set(position),
            item_name: Set(item.item),
            standard: Set(item.standard),
            method: Set(item.method),
            limit_text: Set(item.limit),
            value_text: Set(item.value),
            unit: Set(item.unit),
            verdict: Set(item.verdict),
            is_safety: Set(item.is_safety),
        });
    }
    queries::insert_results(tx, results).await?;
    queries::revoke_leads(tx, booking.id, tx.now()).await?;
    if !leads.is_empty() {
        queries::put_leads(tx, leads).await?;
    }
    tx.audit_change("report.issue", "lab_report", report.id, &(), &report, None).await?;
    Ok(report)
}

/// The hash of the document that belongs to the report from now on.
async fn hold_document(
    ctx: &Ctx<perm::ResultPublish>,
    tx: &Tx,
    report_id: Uuid,
    media_id: Uuid,
) -> AppResult<Vec<u8>> {
    let holder = (MediaHolder::LabReport, report_id);
    let hold = Hold {
        holder,
        purposes: &[MediaPurpose::LabReport],
        owner: Some(ctx.audit_actor()),
        is_public: false,
    };
    let held = hold_media(&ctx.app, tx, hold, [media_id]).await;
    held.map_err(|error| match error.code() {
        ErrorCode::MediaUnavailable => error.on_field("media_id"),
        _ => error,
    })?;
    let files = list_held_media(tx, holder).await?;
    let sha256 = files.into_iter().find_map(|file| file.sha256);
    sha256.ok_or_else(|| AppError::internal("a checked file without its hash"))
}

fn lead(
    tx: &Tx,
    region_code: &str,
    sample: &sample::Model,
    result_id: Uuid,
    item: &ResultItem,
) -> risk_lead::ActiveModel {
    let sample = sample.clone();
    risk_lead::ActiveModel {
        id: Set(tx.new_id()),
        result_id: Set(result_id),
        booking_id: Set(sample.booking_id),
        sample_id: Set(sample.id),
        lab_id: Set(sample.lab_id),
        region_code: Set(region_code.to_owned()),
        product_name: Set(sample.product_name),
        product_class: Set(sample.product_class),
        brand: Set(sample.brand),
        model: Set(sample.model),
        batch: Set(sample.batch),
        item_name: Set(item.item.clone()),
        standard: Set(item.standard.clone()),
        limit_text: Set(item.limit.clone()),
        value_text: Set(item.value.clone()),
        unit: Set(item.unit.clone()),
        status: Set(RiskLeadStatus::New),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
    }
}

/// Commits, and shows what has become of the booking's results.
pub(super) async fn finish(
    ctx: &Ctx<perm::ResultPublish>,
    tx: Tx,
    booking_id: Uuid,
) -> AppResult<BookingResults> {
    let scope = ctx.actor.labs::<perm::ResultPublish>();
    let booking = find_lab_booking(&tx, &scope, booking_id).await?;
    let eye = policy::eye(&ctx.actor, booking.lab_id);
    let view = view(&ctx.app, &tx, booking, eye, ctx.now).await?;
    tx.commit().await?;
    ctx.app.pages.forget_kind(PAGE);
    Ok(view)
}
