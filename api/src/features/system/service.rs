use entity::audit_entry;
use entity::job;
use uuid::Uuid;

use super::dto::{AuditEntryView, DeadJobView};
use super::queries;
use crate::app::App;
use crate::platform::auth::{Ctx, perm, prune_sessions};
use crate::platform::db::{AuditActor, Page, PageQuery};
use crate::platform::http::{AppResult, ErrorCode, prune_idempotency_keys};
use crate::platform::jobs::{dead_page, prune_finished_jobs, requeue_dead};

pub async fn list_dead_jobs(
    ctx: &Ctx<perm::JobManage>,
    page: PageQuery,
) -> AppResult<Page<DeadJobView>> {
    let (cursor, limit) = page.parse()?;
    let rows = dead_page(&ctx.app.db, cursor, limit).await?;
    Ok(Page::build(rows, limit, |row: &job::Model| (row.created_at, row.id), DeadJobView::from))
}

pub async fn retry_job(ctx: &Ctx<perm::JobManage>, id: Uuid) -> AppResult<()> {
    let tx = ctx.begin().await?;
    if !requeue_dead(&tx, id, ctx.now).await? {
        return Err(ErrorCode::NotFound.into());
    }
    tx.audit("job.retry", "job", id, None).await?;
    tx.commit().await?;
    ctx.app.wake.notify_one();
    Ok(())
}

pub async fn list_audit_entries(
    ctx: &Ctx<perm::AuditRead>,
    page: PageQuery,
) -> AppResult<Page<AuditEntryView>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::audit_page(&ctx.app.db, cursor, limit).await?;
    let key = |row: &audit_entry::Model| (row.at, row.id);
    Ok(Page::build(rows, limit, key, AuditEntryView::from))
}

/// Drops what nobody can use any more: expired keys and sessions, jobs finished long ago.
pub async fn prune(app: &App) -> AppResult<()> {
    let now = app.clock.now();
    let tx = app.begin(AuditActor::System).await?;
    let keys = prune_idempotency_keys(&tx, now).await?;
    let sessions = prune_sessions(&tx, now).await?;
    tx.commit().await?;
    let jobs = prune_finished_jobs(app).await?;
    tracing::info!(keys, sessions, jobs, "pruned");
    Ok(())
}
