use entity::crypto_rotation::RotationStatus;
use entity::job;
use uuid::Uuid;

use super::dto::DeadJobView;
use super::jobs::RotateKeys;
use crate::app::App;
use crate::features::risk::service::prune_signals;
use crate::features::staff::service::prune as prune_staff;
use crate::features::text_reviews::service::queue_overdue;
use crate::platform::auth::{Ctx, perm, prune_sessions};
use crate::platform::crypto::{Progress, rotate, start_rotation};
use crate::platform::db::{AuditActor, Page, PageQuery};
use crate::platform::http::{AppResult, ErrorCode, prune_idempotency_keys};
use crate::platform::jobs::{Schedule, dead_page, prune_finished_jobs, requeue_dead};

/// Batches of a rotation in one run of its job, which is to end within minutes.
const BATCHES: usize = 500;

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

/// Lets the rotation of keys walk every encrypted column from its start.
pub async fn ask_for_rotation(app: &App) -> AppResult<()> {
    let mut tx = app.begin(AuditActor::System).await?;
    start_rotation(&tx, app).await?;
    tx.audit("crypto.rotate", "crypto_rotation", "all", None).await?;
    tx.enqueue(&RotateKeys {}, Schedule::now()).await?;
    Ok(tx.commit().await?)
}

/// Goes on with the rotation for a while, and asks to be called again when that was not enough.
pub async fn rotate_keys(app: &App) -> AppResult<()> {
    let tell = |progress: &Progress| match progress.status {
        RotationStatus::Running => {}
        RotationStatus::Done => {
            tracing::info!(field = progress.field, changed = progress.changed, "keys rotated");
        }
        RotationStatus::Blocked => {
            let unreadable = progress.unreadable;
            tracing::warn!(field = progress.field, unreadable, "fields under no known key");
        }
    };
    if !rotate(app, BATCHES, tell).await? {
        let mut tx = app.begin(AuditActor::System).await?;
        tx.enqueue(&RotateKeys {}, Schedule::now()).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Drops what nobody can use any more: expired keys and sessions, jobs finished long ago.
pub async fn prune(app: &App) -> AppResult<()> {
    let now = app.clock.now();
    let tx = app.begin(AuditActor::System).await?;
    let keys = prune_idempotency_keys(&tx, now).await?;
    let sessions = prune_sessions(&tx, now).await?;
    let signals = prune_signals(app, &tx).await?;
    let overdue_texts = queue_overdue(&tx).await?;
    prune_staff(&tx).await?;
    tx.commit().await?;
    let jobs = prune_finished_jobs(app).await?;
    tracing::info!(keys, sessions, signals, jobs, overdue_texts, "pruned");
    Ok(())
}
