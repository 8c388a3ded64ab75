use bytes::Bytes;
use chrono::TimeDelta;
use entity::audit_entry;
use entity::audit_export::{self, AuditExportFormat, AuditExportStatus};
use futures_util::Stream;
use sea_orm::Set;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::app::App;
use crate::features::audit::dto::{AuditCriteria, AuditExportView, CreateAuditExport};
use crate::features::audit::jobs::WriteAuditExport;
use crate::features::audit::model::{check, described, part};
use crate::features::audit::queries::{self, Finished};
use crate::platform::audit::{head, seal};
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{AuditActor, Cursor, Direction, Page, PageQuery, unique_violation};
use crate::platform::http::{AppError, AppResult, ErrorCode};
use crate::platform::jobs::Schedule;
use crate::platform::sealed_file::SealedFile;

/// Entries in one part: what is in memory at a time.
const PART: u64 = 1_000;
const OVERDUE: u64 = 100;

pub async fn create_audit_export(
    ctx: &Ctx<perm::AuditExport>,
    input: CreateAuditExport,
) -> AppResult<AuditExportView> {
    let CreateAuditExport { format, filter } = input;
    check(&filter, "filter.")?;
    let expires = TimeDelta::seconds(i64::from(ctx.app.config.audit.export_expires_secs));
    let mut tx = ctx.begin().await?;
    let row = audit_export::ActiveModel {
        id: Set(tx.new_id()),
        requested_by: Set(ctx.actor.staff_id),
        format: Set(format),
        filter: Set(serde_json::to_value(&filter).map_err(AppError::internal)?),
        status: Set(AuditExportStatus::Pending),
        parts: Set(0),
        rows: Set(0),
        bytes: Set(0),
        sha256: Set(None),
        head_seq: Set(None),
        head_link: Set(None),
        created_at: Set(ctx.now),
        finished_at: Set(None),
        expires_at: Set(ctx.now + expires),
    };
    let row = match queries::insert_export(&tx, row).await {
        Ok(row) => row,
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::AuditExportRunning.into()),
        Err(cause) => return Err(cause.into()),
    };
    let details = json!({ "format": format, "filter": described(&filter) });
    tx.audit("audit.export", "audit_export", row.id, Some(details)).await?;
    tx.enqueue(&WriteAuditExport { export_id: row.id }, Schedule::now()).await?;
    tx.commit().await?;
    Ok(AuditExportView::of(row, ctx.now))
}

pub async fn list_audit_exports(
    ctx: &Ctx<perm::AuditExport>,
    page: PageQuery,
) -> AppResult<Page<AuditExportView>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::exports_page(&ctx.app.db, cursor, limit).await?;
    let key = |row: &audit_export::Model| (row.created_at, row.id);
    Ok(Page::build(rows, limit, key, |row| AuditExportView::of(row, ctx.now)))
}

pub async fn get_audit_export(
    ctx: &Ctx<perm::AuditExport>,
    id: Uuid,
) -> AppResult<AuditExportView> {
    let row = queries::export(&ctx.app.db, id).await?;
    Ok(AuditExportView::of(row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?, ctx.now))
}

/// The file's name, its length in bytes, and its parts one after the other.
pub async fn download_audit_export(
    ctx: &Ctx<perm::AuditExport>,
    id: Uuid,
) -> AppResult<(String, u64, impl Stream<Item = AppResult<Bytes>> + 'static)> {
    let tx = ctx.begin().await?;
    let row = queries::export(&tx, id).await?.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    match row.status {
        AuditExportStatus::Ready if ctx.now < row.expires_at => {}
        AuditExportStatus::Ready | AuditExportStatus::Expired => {
            return Err(ErrorCode::AuditExportExpired.into());
        }
        AuditExportStatus::Pending | AuditExportStatus::Failed => {
            return Err(ErrorCode::AuditExportNotReady.into());
        }
    }
    tx.audit("audit.download", "audit_export", id, None).await?;
    tx.commit().await?;
    let ending = match row.format {
        AuditExportFormat::Csv => "csv",
        AuditExportFormat::Jsonl => "jsonl",
    };
    let parts = file(id).read(&ctx.app, row.parts);
    Ok((format!("audit-{id}.{ending}"), u64::try_from(row.bytes).unwrap_or_default(), parts))
}

fn folder(id: Uuid) -> String {
    format!("audit-exports/{id}/")
}

fn file(id: Uuid) -> SealedFile {
    SealedFile::new(folder(id), format!("audit.export:{id}"))
}

/// Writes the file of a pending export. Doing it again writes the same parts over.
pub async fn write_export(app: &App, id: Uuid, is_last: bool) -> AppResult<()> {
    let row = queries::export(&app.db, id).await?;
    let Some(row) = row.filter(|row| row.status == AuditExportStatus::Pending) else {
        return Ok(());
    };
    let written = write_parts(app, &row).await;
    let tx = app.begin(AuditActor::System).await?;
    match &written {
        Ok(_) => {}
        Err(_) if is_last => {
            let (from, to) = (AuditExportStatus::Pending, AuditExportStatus::Failed);
            queries::end_export(&tx, id, from, to).await?;
        }
        Err(_) => return written.map(|_| ()),
    }
    let outcome = match written {
        Ok(file) => {
            queries::finish_export(&tx, id, file, tx.now()).await.map(|_| ()).map_err(Into::into)
        }
        Err(error) => Err(error),
    };
    tx.commit().await?;
    outcome
}

async fn write_parts(app: &App, row: &audit_export::Model) -> AppResult<Finished> {
    let mut criteria: AuditCriteria =
        serde_json::from_value(row.filter.clone()).map_err(AppError::internal)?;
    // What comes later, such as the trace of this export, is not part of it.
    criteria.to = Some(criteria.to.map_or(row.created_at, |to| to.min(row.created_at)));
    // So that all of the file is in the chain whose head the manifest names.
    seal(app).await?;
    let mut cursor = None;
    let mut hash = Sha256::new();
    let sealed = file(row.id);
    let mut file = Finished { parts: 0, rows: 0, bytes: 0, sha256: Vec::new(), head: None };
    loop {
        let mut entries =
            queries::page(&app.db, &criteria, Direction::Ascending, cursor, PART).await?;
        // The page brings one more than was asked for, to tell the end.
        let has_more = entries.len() > usize::try_from(PART).unwrap_or(usize::MAX);
        if has_more {
            entries.pop();
        }
        cursor = entries.last().map(|last| Cursor { at: last.at, id: last.id });
        file.rows += i64::try_from(entries.len()).unwrap_or_default();
        let content = part(row.format, file.parts == 0, with_addresses(app, entries))?;
        hash.update(&content);
        file.bytes += i64::try_from(content.len()).unwrap_or_default();
        sealed.write(app, file.parts, &content).await?;
        file.parts += 1;
        if !has_more {
            break;
        }
    }
    file.sha256 = hash.finalize().to_vec();
    file.head = head(&app.db).await?.map(|link| (link.seq, link.value));
    Ok(file)
}

fn with_addresses(
    app: &App,
    entries: Vec<audit_entry::Model>,
) -> Vec<(audit_entry::Model, Option<String>)> {
    let address = |entry: &audit_entry::Model| app.audit.address(entry).unwrap_or_default();
    entries.into_iter().map(|entry| (address(&entry), entry)).map(|(a, e)| (e, a)).collect()
}

/// Removes the files whose time is over; their manifests stay.
pub async fn expire_exports(app: &App) -> AppResult<()> {
    for row in queries::overdue_exports(&app.db, app.clock.now(), OVERDUE).await? {
        app.storage.delete_folder(&folder(row.id)).await?;
        // One that is still pending then has no worker any more.
        let to = match row.status {
            AuditExportStatus::Pending => AuditExportStatus::Failed,
            _ => AuditExportStatus::Expired,
        };
        let tx = app.begin(AuditActor::System).await?;
        queries::end_export(&tx, row.id, row.status, to).await?;
        tx.commit().await?;
    }
    Ok(())
}
