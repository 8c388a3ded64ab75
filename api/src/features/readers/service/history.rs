use chrono::TimeDelta;
use entity::{article_reading, reader_setting};
use sea_orm::Set;
use uuid::Uuid;

use super::{card, require_published};
use crate::app::App;
use crate::features::readers::dto::{
    ReaderSettingsView, ReadingView, RecordReading, SetReaderSettings,
};
use crate::features::readers::policy::{keeps_history, may_keep_history};
use crate::features::readers::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::consent::lock_account;
use crate::platform::db::{AuditActor, Page, PageQuery};
use crate::platform::http::{AppResult, ErrorCode};

/// Lines that one transaction of a pruning deletes, and transactions of one run.
const PRUNE_BATCH: u64 = 1_000;
const PRUNE_BATCHES: usize = 200;

pub async fn list_readings(
    ctx: &Ctx<perm::MeUse>,
    page: PageQuery,
) -> AppResult<Page<ReadingView>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::reading_page(&ctx.app.db, ctx.actor.account_id, cursor, limit).await?;
    let ids = rows.iter().map(|row| row.article_id).collect();
    let cards = queries::cards(&ctx.app.db, ids).await?;
    let key = |row: &article_reading::Model| (row.read_at, row.id);
    Ok(Page::build(rows, limit, key, |row| {
        let article = cards.get(&row.article_id).map(card);
        ReadingView {
            id: row.article_id,
            progress: row.progress,
            read_at: row.read_at,
            is_available: article.is_some(),
            article,
        }
    }))
}

/// Writes a line of the history, or nothing of whose history is not kept.
///
/// # Errors
/// `not_found` for what is not published
pub async fn record_reading(ctx: &Ctx<perm::MeUse>, input: RecordReading) -> AppResult<()> {
    let account_id = ctx.actor.account_id;
    let tx = ctx.begin().await?;
    // What is switched off at this moment is not written after it.
    lock_account(&tx, account_id).await?;
    require_published(&tx, input.article_id).await?;
    let wish = queries::history_wish(&tx, account_id).await?;
    if !keeps_history(ctx.actor.standing, wish) {
        return Ok(());
    }
    let row = article_reading::ActiveModel {
        id: Set(tx.new_id()),
        account_id: Set(account_id),
        article_id: Set(input.article_id),
        progress: Set(input.progress),
        read_at: Set(tx.now()),
    };
    queries::put_reading(&tx, row).await?;
    Ok(tx.commit().await?)
}

pub async fn clear_readings(ctx: &Ctx<perm::MeUse>) -> AppResult<()> {
    delete(ctx, None).await
}

pub async fn delete_reading(ctx: &Ctx<perm::MeUse>, article_id: Uuid) -> AppResult<()> {
    delete(ctx, Some(article_id)).await
}

async fn delete(ctx: &Ctx<perm::MeUse>, article_id: Option<Uuid>) -> AppResult<()> {
    let tx = ctx.begin().await?;
    queries::delete_readings(&tx, ctx.actor.account_id, article_id).await?;
    Ok(tx.commit().await?)
}

pub async fn get_reader_settings(ctx: &Ctx<perm::MeUse>) -> AppResult<ReaderSettingsView> {
    let wish = queries::history_wish(&ctx.app.db, ctx.actor.account_id).await?;
    Ok(settings(ctx, wish))
}

/// # Errors
/// `not_for_children`: what a child reads is not kept.
pub async fn set_reader_settings(
    ctx: &Ctx<perm::MeUse>,
    input: SetReaderSettings,
) -> AppResult<ReaderSettingsView> {
    if input.keeps_history && !may_keep_history(ctx.actor.standing) {
        return Err(ErrorCode::NotForChildren.into());
    }
    let account_id = ctx.actor.account_id;
    let tx = ctx.begin().await?;
    lock_account(&tx, account_id).await?;
    let row = reader_setting::ActiveModel {
        account_id: Set(account_id),
        keeps_history: Set(input.keeps_history),
        updated_at: Set(tx.now()),
    };
    queries::put_settings(&tx, row).await?;
    if !input.keeps_history {
        queries::delete_readings(&tx, account_id, None).await?;
    }
    tx.commit().await?;
    Ok(settings(ctx, Some(input.keeps_history)))
}

fn settings(ctx: &Ctx<perm::MeUse>, wish: Option<bool>) -> ReaderSettingsView {
    ReaderSettingsView {
        keeps_history: keeps_history(ctx.actor.standing, wish),
        history_days: ctx.app.config.readers.history_days,
    }
}

/// Deletes what was read too long ago, so much at a time; what is left waits for the next run.
///
/// # Errors
/// The database cannot be written.
pub async fn prune_readings(app: &App) -> AppResult<()> {
    let kept = TimeDelta::days(i64::from(app.config.readers.history_days));
    for _ in 0..PRUNE_BATCHES {
        let tx = app.begin(AuditActor::System).await?;
        let pruned = queries::prune_readings(&tx, tx.now() - kept, PRUNE_BATCH).await?;
        tx.commit().await?;
        if pruned < PRUNE_BATCH {
            break;
        }
    }
    Ok(())
}
