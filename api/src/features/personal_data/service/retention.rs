//! What is kept for a time, and its end.

use chrono::TimeDelta;
use entity::data_export::ExportStatus;
use entity::media_file::MediaHolder;
use entity::restricted_record;
use serde_json::json;
use uuid::Uuid;

use super::BATCH;
use super::erase::{CONTENT, Leaver, settle_remainder};
use crate::app::App;
use crate::features::media::service::release_held;
use crate::features::personal_data::dto::{
    ReadRestrictedRecord, RestrictedContentView, RestrictedRecordFilter, RestrictedRecordView,
};
use crate::features::personal_data::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{AuditActor, Page};
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// A request that no job works on any more.
const STUCK: TimeDelta = TimeDelta::days(1);

/// Hourly: ends what is over.
///
/// # Errors
/// Database or storage cannot be reached; the next hour goes on.
pub async fn end_retention(app: &App) -> AppResult<()> {
    end_exports(app).await?;
    for row in queries::with_open_cases(&app.db).await? {
        if let Some(pseudonym) = row.subject_id {
            let leaver = Leaver { deletion_id: row.id, subject: pseudonym, pseudonym };
            settle_remainder(app, leaver).await?;
        }
    }
    end_records(app).await
}

async fn end_exports(app: &App) -> AppResult<()> {
    let now = app.clock.now();
    loop {
        let rows = queries::exports_to_end(&app.db, now, now - STUCK, BATCH).await?;
        for row in &rows {
            // The file first: a row that says "expired" promises that there is none.
            app.storage.delete_folder(&row.folder).await?;
            let to = match row.status {
                ExportStatus::Pending => ExportStatus::Failed,
                _ => ExportStatus::Expired,
            };
            let tx = app.begin(AuditActor::System).await?;
            queries::end_export(&tx, row.id, row.status, to).await?;
            tx.commit().await?;
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

/// Removes records whose time is over; the audit trail keeps that they were.
async fn end_records(app: &App) -> AppResult<()> {
    loop {
        let tx = app.begin(AuditActor::System).await?;
        let rows = queries::restricted_until(&tx, tx.now(), BATCH).await?;
        for row in &rows {
            if queries::delete_restricted(&tx, row.id).await? {
                if row.kind == "complaints" {
                    let complaint = row.row_id.parse().map_err(AppError::internal)?;
                    release_held(app, &tx, (MediaHolder::Complaint, complaint)).await?;
                }
                let details = json!({ "kind": row.kind, "law": row.law });
                tx.audit("restricted_record.end", "restricted_record", row.id, Some(details))
                    .await?;
            }
        }
        tx.commit().await?;
        if rows.is_empty() {
            return Ok(());
        }
    }
}

pub async fn list_restricted_records(
    ctx: &Ctx<perm::RestrictedRead>,
    filter: RestrictedRecordFilter,
) -> AppResult<Page<RestrictedRecordView>> {
    let (cursor, limit) = filter.page().parse()?;
    let row_id = filter.row_id.map(|id| id.to_string());
    let rows = queries::restricted_page(&ctx.app.db, row_id, cursor, limit).await?;
    let key = |row: &restricted_record::Model| (row.restricted_at, row.id);
    Ok(Page::build(rows, limit, key, |row| RestrictedRecordView::from(&row)))
}

/// Shows what may only be stored, so the look and what obliges us to it are audited.
pub async fn read_restricted_record(
    ctx: &Ctx<perm::RestrictedRead>,
    id: Uuid,
    input: ReadRestrictedRecord,
) -> AppResult<RestrictedContentView> {
    let tx = ctx.begin().await?;
    let row = queries::restricted(&tx, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let content = ctx.app.cipher.open(CONTENT, &row.content_cipher)?;
    let content = serde_json::from_slice(&content).map_err(AppError::internal)?;
    let details = json!({ "basis": input.basis });
    tx.audit("restricted_record.read", "restricted_record", id, Some(details)).await?;
    tx.commit().await?;
    Ok(RestrictedContentView { record: RestrictedRecordView::from(&row), content })
}
