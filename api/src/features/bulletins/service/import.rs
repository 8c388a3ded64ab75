//! Sheets of bulletins: checked as a whole, then taken over as a whole.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::Arc;

use bytes::Bytes;
use chrono::TimeDelta;
use entity::bulletin_import::{self, ImportStatus, SheetFormat};
use futures_util::Stream;
use sea_orm::Set;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::edit::insert_draft;
use super::missing;
use crate::app::App;
use crate::features::bulletins::dto::{BulletinImportSummary, BulletinImportView, WriteBulletin};
use crate::features::bulletins::model::{Parsed, SheetFault, parse, read};
use crate::features::bulletins::{policy, queries};
use crate::platform::auth::{Ctx, RegionScope, perm};
use crate::platform::clock::local_date;
use crate::platform::db::{AuditActor, Page, PageQuery};
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

const MOST_BYTES: usize = 2 * 1024 * 1024;
/// How long a sheet that was checked waits.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// Sheets that are read at once: each may take tens of megabytes and a second.
const AT_ONCE: usize = 2;

struct Readers(Arc<Semaphore>);

impl Default for Readers {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// Checks every row of a sheet. Nothing but the report is written.
///
/// # Errors
/// `sheet_broken`, `sheet_too_large`, `sheet_active`, `body_too_large`; what is wrong with rows stands in
/// the report.
pub async fn check_bulletin_import<E: Display>(
    ctx: &Ctx<perm::BulletinEdit>,
    format: SheetFormat,
    body: impl Stream<Item = Result<Bytes, E>>,
) -> AppResult<BulletinImportView> {
    let app = &ctx.app;
    let upload = app.uploads.read(body, MOST_BYTES).await?;
    let (content, today) = (upload.content.clone(), local_date(ctx.now));
    let work = move || read(format, &content).map(|rows| parse(rows, today));
    let mut parsed = off_thread(app, work).await?.map_err(refusal)?;
    let scope = ctx.actor.regions::<perm::BulletinEdit>();
    check_regions(app, &scope, &mut parsed).await?;
    let is_good = parsed.problems.count == 0;
    let drafts: Vec<&WriteBulletin> = parsed.drafts.iter().map(|draft| &draft.bulletin).collect();
    let number = |count: usize| i32::try_from(count).map_err(AppError::internal);
    let tx = ctx.begin().await?;
    let row = bulletin_import::ActiveModel {
        id: Set(tx.new_id()),
        created_by: Set(ctx.actor.staff_id),
        format: Set(format),
        status: Set(if is_good { ImportStatus::Checked } else { ImportStatus::Refused }),
        sha256: Set(Sha256::digest(&upload.content).to_vec()),
        rows: Set(number(parsed.rows)?),
        bulletins: Set(number(drafts.len())?),
        wrong: Set(number(parsed.problems.count)?),
        problems: Set(json!(parsed.problems.listed)),
        content: Set(is_good.then(|| json!(drafts))),
        created_at: Set(ctx.now),
        settled_at: Set((!is_good).then_some(ctx.now)),
    };
    let row = queries::insert_import(&tx, row).await?;
    let details = json!({ "rows": row.rows, "bulletins": row.bulletins, "wrong": row.wrong });
    tx.audit("bulletin_import.check", "bulletin_import", row.id, Some(details)).await?;
    tx.commit().await?;
    Ok((&row).into())
}

fn refusal(fault: SheetFault) -> AppError {
    AppError::new(match fault {
        SheetFault::Broken => ErrorCode::SheetBroken,
        SheetFault::TooLarge => ErrorCode::SheetTooLarge,
        SheetFault::Active => ErrorCode::SheetActive,
    })
}

/// Reads a sheet where it keeps nobody waiting. A file that brings the reader down is broken.
async fn off_thread(
    app: &App,
    work: impl FnOnce() -> Result<Parsed, SheetFault> + Send + 'static,
) -> AppResult<Result<Parsed, SheetFault>> {
    let readers = Arc::clone(&app.shared.get::<Readers>().0);
    let place = readers.acquire_owned().await.map_err(AppError::internal)?;
    let work = move || {
        // Goes on when the one who asked has hung up, and counts until it is done.
        let _place = place;
        work()
    };
    #[expect(clippy::disallowed_methods, reason = "awaited at once, not left running")]
    let task = tokio::task::spawn_blocking(work);
    match task.await {
        Ok(outcome) => Ok(outcome),
        Err(cause) if cause.is_panic() => Ok(Err(SheetFault::Broken)),
        Err(cause) => Err(AppError::internal(cause)),
    }
}

/// Regions must exist, and be one's own.
async fn check_regions(app: &App, scope: &RegionScope, parsed: &mut Parsed) -> AppResult<()> {
    let codes: BTreeSet<String> =
        parsed.drafts.iter().filter_map(|draft| draft.bulletin.region_code.clone()).collect();
    let known = queries::regions_among(&app.db, codes).await?;
    for draft in &parsed.drafts {
        let code = draft.bulletin.region_code.as_deref();
        let is_known = code.is_none_or(|code| known.contains(code));
        let (code, message) = match policy::within(scope, code) {
            _ if !is_known => ("unknown_value", ErrorCode::UnknownRegion.sentence()),
            Err(_) => ("forbidden", "超出您的管辖地区"),
            Ok(()) => continue,
        };
        parsed.problems.add(draft.problem(&FieldError::new("region_code", code, message)));
    }
    Ok(())
}

pub async fn list_bulletin_imports(
    ctx: &Ctx<perm::BulletinEdit>,
    page: PageQuery,
) -> AppResult<Page<BulletinImportSummary>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::imports(&ctx.app.db, ctx.actor.staff_id, cursor, limit).await?;
    let key = |row: &bulletin_import::Model| (row.created_at, row.id);
    Ok(Page::build(rows, limit, key, |row| BulletinImportSummary::from(&row)))
}

pub async fn get_bulletin_import(
    ctx: &Ctx<perm::BulletinEdit>,
    id: Uuid,
) -> AppResult<BulletinImportView> {
    let row = queries::import(&ctx.app.db, ctx.actor.staff_id, id).await?;
    Ok((&row.ok_or_else(missing)?).into())
}

/// Writes every bulletin of a sheet that was checked as a draft, or none.
///
/// # Errors
/// `import_has_errors`; `import_settled` when it was taken over before or is too old.
pub async fn commit_bulletin_import(
    ctx: &Ctx<perm::BulletinEdit>,
    id: Uuid,
) -> AppResult<BulletinImportView> {
    let (staff_id, scope) = (ctx.actor.staff_id, ctx.actor.regions::<perm::BulletinEdit>());
    let tx = ctx.begin().await?;
    let row = queries::import(&tx, staff_id, id).await?.ok_or_else(missing)?;
    if row.status == ImportStatus::Refused {
        return Err(ErrorCode::ImportHasErrors.into());
    }
    let is_old = row.created_at + KEPT < ctx.now;
    let content = row.content.filter(|_| !is_old);
    if content.is_none() || !queries::settle_import(&tx, id, ctx.now).await? {
        return Err(ErrorCode::ImportSettled.into());
    }
    let drafts: Vec<WriteBulletin> =
        serde_json::from_value(content.unwrap_or_default()).map_err(AppError::internal)?;
    let count = drafts.len();
    for draft in drafts {
        policy::within(&scope, draft.region_code.as_deref())?;
        insert_draft(&tx, staff_id, Some(id), draft).await?;
    }
    let details = json!({ "bulletins": count });
    tx.audit("bulletin_import.commit", "bulletin_import", id, Some(details)).await?;
    let row = queries::import(&tx, staff_id, id).await?.ok_or_else(missing)?;
    tx.commit().await?;
    Ok((&row).into())
}

/// Drops what nobody took over in time.
///
/// # Errors
/// The database cannot be written; the next hour goes on.
pub async fn expire_imports(app: &App) -> AppResult<()> {
    let tx = app.begin(AuditActor::System).await?;
    queries::expire_imports(&tx, tx.now() - KEPT, tx.now()).await?;
    Ok(tx.commit().await?)
}
