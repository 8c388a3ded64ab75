use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;
use entity::data_export::{self, ExportStatus};
use futures_util::Stream;
use sea_orm::Set;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{lock_own, package};
use crate::app::App;
use crate::features::personal_data::dto::{ExportTicketView, ExportView};
use crate::features::personal_data::jobs::BuildExport;
use crate::features::personal_data::queries;
use crate::platform::auth::{Ctx, Permission, perm};
use crate::platform::db::{AuditActor, Page, PageQuery, Tx, unique_violation};
use crate::platform::http::{AppError, AppResult, Claim, ErrorCode, IdempotencyKey, Reply};
use crate::platform::jobs::Schedule;

const A_DAY: TimeDelta = TimeDelta::days(1);

/// A file on its way to its owner.
pub struct Download {
    pub size_bytes: u64,
    pub content: Pin<Box<dyn Stream<Item = AppResult<Bytes>>>>,
}

pub async fn request_export(ctx: &Ctx<perm::MePrivacy>, key: &IdempotencyKey) -> AppResult<Reply> {
    let account_id = ctx.actor.account_id;
    let mut tx = ctx.begin().await?;
    let settlement = match key.claim(ctx, &tx, "request_export", &[0; 32]).await? {
        Claim::Fresh(settlement) => settlement,
        Claim::Replay(reply) => return Ok(reply),
    };
    lock_own(&tx, account_id).await?;
    within_limit(ctx, &tx).await?;
    let folder = ctx.app.ids.random_id();
    let row = data_export::ActiveModel {
        id: Set(tx.new_id()),
        account_id: Set(account_id),
        status: Set(ExportStatus::Pending),
        folder: Set(package::folder(folder)),
        requested_at: Set(ctx.now),
        ..data_export::ActiveModel::default()
    };
    let row = match queries::insert_export(&tx, row).await {
        Ok(row) => row,
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::ExportInProgress.into()),
        Err(cause) => return Err(cause.into()),
    };
    let job = BuildExport { export_id: row.id, folder };
    tx.enqueue(&job, Schedule::now().once(format!("data_export.build:{}", row.id))).await?;
    tx.audit("data_export.request", "data_export", row.id, None).await?;
    let reply = Reply::json(201, &ExportView::from(row))?;
    settlement.settle(&tx, &ctx.app.cipher, &reply).await?;
    tx.commit().await?;
    Ok(reply)
}

async fn within_limit(ctx: &Ctx<perm::MePrivacy>, tx: &Tx) -> AppResult<()> {
    let recent = queries::exports_since(tx, ctx.actor.account_id, ctx.now - A_DAY).await?;
    let most = usize::try_from(ctx.app.config.privacy.exports_per_day).unwrap_or(usize::MAX);
    // The one that has to become a day old before there is room again.
    let Some(oldest) = recent.len().checked_sub(most).and_then(|n| recent.get(n)) else {
        return Ok(());
    };
    let wait = (*oldest + A_DAY - ctx.now).to_std().unwrap_or(Duration::ZERO);
    Err(AppError::new(ErrorCode::RateLimited).retry_after(wait))
}

pub async fn list_exports(
    ctx: &Ctx<perm::MePrivacy>,
    page: PageQuery,
) -> AppResult<Page<ExportView>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::own_exports(&ctx.app.db, ctx.actor.account_id, cursor, limit).await?;
    let key = |row: &data_export::Model| (row.requested_at, row.id);
    Ok(Page::build(rows, limit, key, ExportView::from))
}

pub async fn get_export(ctx: &Ctx<perm::MePrivacy>, id: Uuid) -> AppResult<ExportView> {
    let row = queries::own_export(&ctx.app.db, ctx.actor.account_id, id).await?;
    row.map(ExportView::from).ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

pub async fn download_export(ctx: &Ctx<perm::MePrivacy>, id: Uuid) -> AppResult<Download> {
    let tx = ctx.begin().await?;
    let row = queries::own_export(&tx, ctx.actor.account_id, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let file = open(ctx, row)?;
    tx.audit("data_export.download", "data_export", id, None).await?;
    tx.commit().await?;
    Ok(file)
}

pub async fn create_export_ticket(
    ctx: &Ctx<perm::MePrivacy>,
    id: Uuid,
) -> AppResult<ExportTicketView> {
    let tx = ctx.begin().await?;
    let row = queries::own_export(&tx, ctx.actor.account_id, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    open(ctx, row)?;
    let ticket = ctx.app.ids.token();
    let keep = i64::from(ctx.app.config.privacy.export_ticket_secs);
    let expires_at = ctx.now + TimeDelta::seconds(keep);
    queries::set_ticket(&tx, id, hash(&ticket), expires_at).await?;
    tx.audit("data_export.ticket", "data_export", id, None).await?;
    tx.commit().await?;
    Ok(ExportTicketView { path: format!("/api/v1/exports/{ticket}"), expires_at })
}

pub async fn redeem_export_ticket(ctx: &Ctx<perm::Public>, ticket: &str) -> AppResult<Download> {
    let (hash, not_found) = (hash(ticket), || AppError::new(ErrorCode::NotFound));
    if !queries::is_ticket_good(&ctx.app.db, &hash, ctx.now).await? {
        return Err(not_found());
    }
    let tx = ctx.begin().await?;
    let row = queries::spend_ticket(&tx, &hash, ctx.now).await?.ok_or_else(not_found)?;
    let id = row.id;
    let file = open(ctx, row)?;
    tx.audit("data_export.download", "data_export", id, None).await?;
    tx.commit().await?;
    Ok(file)
}

fn hash(ticket: &str) -> Vec<u8> {
    Sha256::digest(ticket.as_bytes()).to_vec()
}

/// The parts of a finished copy, read and opened one after the other.
fn open<P: Permission>(ctx: &Ctx<P>, row: data_export::Model) -> AppResult<Download> {
    let not_ready = || AppError::new(ErrorCode::ExportNotReady);
    let is_good =
        row.status == ExportStatus::Ready && row.expires_at.is_some_and(|at| at > ctx.now);
    let (true, Some(attempt), Some(parts), Some(size)) =
        (is_good, row.attempt, row.parts, row.size_bytes)
    else {
        return Err(not_ready());
    };
    let content = package::file(row.id, &row.folder, attempt).read(&ctx.app, parts);
    let size_bytes = u64::try_from(size).map_err(AppError::internal)?;
    Ok(Download { size_bytes, content: Box::pin(content) })
}

/// Gives up on a copy, so that another can be asked for.
pub async fn fail_export(app: &App, id: Uuid) -> AppResult<()> {
    let Some(row) = queries::any_export(&app.db, id).await? else { return Ok(()) };
    app.storage.delete_folder(&row.folder).await?;
    let tx = app.begin(AuditActor::System).await?;
    queries::end_export(&tx, id, ExportStatus::Pending, ExportStatus::Failed).await?;
    Ok(tx.commit().await?)
}
