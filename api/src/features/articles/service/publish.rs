use chrono::{DateTime, Utc};
use entity::article::{self, ArticleStatus};
use entity::article_revision;
use entity::article_step::ArticleStep;
use uuid::Uuid;

use super::stale::Change;
use super::view::involved;
use super::wear;
use super::{Told, forget, latest, state, store};
use crate::app::App;
use crate::features::articles::dto::{PublishArticle, StaffArticleView, WithdrawArticle};
use crate::features::articles::jobs::RunArticleSchedule;
use crate::features::articles::model::{ArticleAction, next};
use crate::features::articles::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Tx;
use crate::platform::http::{AppResult, ErrorCode, FieldError};
use crate::platform::jobs::Schedule;

/// Publishes the approved text. Where another one is public already it is corrected by this, which
/// everybody is told.
///
/// # Errors
/// `same_person` for whoever wrote or approved it
pub async fn publish_article(
    ctx: &Ctx<perm::ArticlePublish>,
    id: Uuid,
    version: i32,
    input: PublishArticle,
) -> AppResult<StaffArticleView> {
    let Change { mut tx, before, .. } =
        Change::begin(ctx, id, version, ArticleAction::Publish, None).await?;
    require_note(&before, input.note.as_deref())?;
    let revision = latest(&tx, &before).await?;
    let by = ctx.actor.staff_id;
    let row = go_live(&ctx.app, &mut tx, &before, &revision, (by, input.note)).await?;
    tx.commit().await?;
    forget(&ctx.app, id).await;
    super::view::shown(ctx, row).await
}

/// A correction says what it corrects, and nothing else is one.
pub(super) fn require_note(before: &article::Model, note: Option<&str>) -> AppResult<()> {
    let is_public = before.status == ArticleStatus::Published;
    match note {
        None if is_public => {
            Err(FieldError::new("note", "required", "更正已发布的文章须说明更正内容").into())
        }
        Some(_) if !is_public => {
            Err(FieldError::new("note", "invalid_format", "首次发布无需更正说明").into())
        }
        _ => Ok(()),
    }
}

/// Makes the latest revision what the public sees, by the right of `by`.
///
/// # Errors
/// `article_not_draft`, `same_person`, `article_expired`
pub(super) async fn go_live(
    app: &App,
    tx: &mut Tx,
    before: &article::Model,
    revision: &article_revision::Model,
    (by, note): (Uuid, Option<String>),
) -> AppResult<article::Model> {
    let to = next(state(before), ArticleAction::Publish).ok_or(ErrorCode::ArticleNotDraft)?;
    if involved(tx, before).await?.excludes(by, ArticleAction::Publish) {
        return Err(ErrorCode::SamePerson.into());
    }
    let is_correction = before.status == ArticleStatus::Published;
    let mut row = before.clone();
    (row.status, row.stage) = (to.status, to.stage);
    put_live(tx, &mut row, revision, is_correction).await?;
    let (action, step) = if is_correction {
        ("article.correct", ArticleStep::Corrected)
    } else {
        ("article.publish", ArticleStep::Published)
    };
    let note = note.filter(|_| is_correction);
    store(app, tx, before, row, Told { action, step, by: Some(by), revision, note }).await
}

/// Puts a revision where the public reads, with what follows from it.
///
/// # Errors
/// `article_expired`
pub(in crate::features::articles) async fn put_live(
    tx: &mut Tx,
    row: &mut article::Model,
    revision: &article_revision::Model,
    is_correction: bool,
) -> AppResult<()> {
    let now = tx.now();
    wear(row, revision)?;
    if row.expire_at.is_some_and(|end| end <= now) {
        return Err(ErrorCode::ArticleExpired.into());
    }
    row.live_revision_id = Some(revision.id);
    row.published_number = revision.number;
    row.changed_at = Some(now);
    if is_correction {
        row.corrected_at = Some(now);
    } else {
        row.published_at = Some(now);
    }
    clear_schedule(row);
    expire_in_time(tx, row.expire_at).await
}

pub(super) fn clear_schedule(row: &mut article::Model) {
    row.publish_at = None;
    row.scheduled_by = None;
    row.schedule_note = None;
    row.schedule_error = None;
}

async fn expire_in_time(tx: &mut Tx, end: Option<DateTime<Utc>>) -> AppResult<()> {
    if let Some(end) = end {
        tx.enqueue(&RunArticleSchedule {}, Schedule::at(end)).await?;
    }
    Ok(())
}

/// Takes an article from the public's sight without a word.
pub async fn unpublish_article(
    ctx: &Ctx<perm::ArticlePublish>,
    id: Uuid,
) -> AppResult<StaffArticleView> {
    let what = (ArticleAction::Unpublish, "article.unpublish", ArticleStep::Unpublished);
    take_down(ctx, id, what, None).await
}

/// Takes an article back for good, and says so where it was.
pub async fn withdraw_article(
    ctx: &Ctx<perm::ArticlePublish>,
    id: Uuid,
    input: WithdrawArticle,
) -> AppResult<StaffArticleView> {
    let what = (ArticleAction::Withdraw, "article.withdraw", ArticleStep::Withdrawn);
    take_down(ctx, id, what, Some(input.notice)).await
}

async fn take_down(
    ctx: &Ctx<perm::ArticlePublish>,
    id: Uuid,
    (action, name, step): (ArticleAction, &'static str, ArticleStep),
    notice: Option<String>,
) -> AppResult<StaffArticleView> {
    let Change { mut tx, before, to } = Change::begin_any(ctx, id, action).await?;
    let revision = match before.live_revision_id {
        Some(live) => queries::revision(&tx, live).await?,
        None => None,
    };
    let revision = match revision {
        Some(live) => live,
        None => latest(&tx, &before).await?,
    };
    let mut row = before.clone();
    (row.status, row.stage) = (to.status, to.stage);
    row.live_revision_id = None;
    row.changed_at = Some(ctx.now);
    if notice.is_some() {
        queries::cancel_review(&tx, id, ctx.now).await?;
        clear_schedule(&mut row);
        row.notice.clone_from(&notice);
        row.withdrawn_at = Some(ctx.now);
    }
    let by = Some(ctx.actor.staff_id);
    let told = Told { action: name, step, by, revision: &revision, note: notice };
    let row = store(&ctx.app, &mut tx, &before, row, told).await?;
    tx.commit().await?;
    forget(&ctx.app, id).await;
    super::view::shown(ctx, row).await
}
