use chrono::{DateTime, TimeDelta, Utc};
use entity::article::{self, ArticleStage};
use entity::article_revision;
use entity::article_step::ArticleStep;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::publish::{clear_schedule, go_live, require_note};
use super::stale::Change;
use super::view::involved;
use super::{Told, forget, latest, state, store, written};
use crate::app::App;
use crate::features::articles::dto::{ScheduleArticle, StaffArticleView};
use crate::features::articles::jobs::RunArticleSchedule;
use crate::features::articles::model::{ArticleAction, next};
use crate::features::articles::queries;
use crate::platform::auth::{Ctx, StaffPermission, grants_of, perm};
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};
use crate::platform::jobs::Schedule;

/// Nearer than this is at once.
const SOONEST: TimeDelta = TimeDelta::minutes(2);
const LATEST: TimeDelta = TimeDelta::days(366);
/// After so many items that the database could not write it is not asked for more in one run.
const MOST_TROUBLES: usize = 2;
/// Somebody should look when a text is due for longer.
const LATE: TimeDelta = TimeDelta::seconds(60);

/// Sets when the approved text goes live, or another time.
///
/// # Errors
/// `schedule_too_soon`, `same_person`
pub async fn schedule_article(
    ctx: &Ctx<perm::ArticlePublish>,
    id: Uuid,
    version: i32,
    input: ScheduleArticle,
) -> AppResult<StaffArticleView> {
    if input.publish_at < ctx.now + SOONEST {
        return Err(AppError::new(ErrorCode::ScheduleTooSoon).on_field("publish_at"));
    }
    if input.publish_at > ctx.now + LATEST {
        return Err(FieldError::new("publish_at", "out_of_range", "最晚为一年之后").into());
    }
    let action = ArticleAction::Schedule;
    let Change { mut tx, before, to } = Change::begin(ctx, id, version, action, None).await?;
    require_note(&before, input.note.as_deref())?;
    let by = ctx.actor.staff_id;
    if involved(&tx, &before).await?.excludes(by, action) {
        return Err(ErrorCode::SamePerson.into());
    }
    let revision = latest(&tx, &before).await?;
    if written(&revision)?.expire_at.is_some_and(|end| end <= input.publish_at) {
        let message = "发布时间应早于有效期";
        return Err(FieldError::new("publish_at", "out_of_range", message).into());
    }
    let mut row = before.clone();
    (row.status, row.stage) = (to.status, to.stage);
    row.publish_at = Some(input.publish_at);
    row.scheduled_by = Some(by);
    row.schedule_note = input.note;
    row.schedule_error = None;
    tx.enqueue(&RunArticleSchedule {}, Schedule::at(input.publish_at)).await?;
    let told = Told {
        action: "article.schedule",
        step: ArticleStep::Scheduled,
        by: Some(by),
        revision: &revision,
        note: None,
    };
    let row = store(&ctx.app, &mut tx, &before, row, told).await?;
    tx.commit().await?;
    super::view::shown(ctx, row).await
}

pub async fn cancel_article_schedule(
    ctx: &Ctx<perm::ArticlePublish>,
    id: Uuid,
    version: i32,
) -> AppResult<StaffArticleView> {
    let action = ArticleAction::CancelSchedule;
    let Change { mut tx, before, to } = Change::begin(ctx, id, version, action, None).await?;
    let revision = latest(&tx, &before).await?;
    let mut row = before.clone();
    (row.status, row.stage) = (to.status, to.stage);
    clear_schedule(&mut row);
    let told = Told {
        action: "article.cancel_schedule",
        step: ArticleStep::ScheduleCancelled,
        by: Some(ctx.actor.staff_id),
        revision: &revision,
        note: None,
    };
    let row = store(&ctx.app, &mut tx, &before, row, told).await?;
    tx.commit().await?;
    super::view::shown(ctx, row).await
}

/// How long the oldest text has been due that nobody has published; zero when there is none.
///
/// # Errors
/// The database cannot be read.
pub async fn publication_lag(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> AppResult<TimeDelta> {
    let oldest = queries::oldest_due(conn, now).await?;
    Ok(oldest.map_or(TimeDelta::zero(), |due| now - due))
}

/// Ends what is over, then publishes what is due, each in a transaction of its own. An item that
/// cannot be published is marked with the reason and stops no other.
///
/// # Errors
/// The database cannot be asked, or could not write an item; the rest waits for the next run.
pub async fn run_article_schedule(app: &App) -> AppResult<()> {
    let now = app.clock.now();
    let lag = publication_lag(&app.db, now).await?;
    app.metrics.set_publication_lag(lag.num_seconds());
    if lag > LATE {
        tracing::warn!(seconds = lag.num_seconds(), "scheduled articles are published late");
    }
    let mut troubles = Vec::new();
    for id in queries::over(&app.db, now).await? {
        settled(app, id, expire_one(app, id).await, &mut troubles).await?;
    }
    for id in queries::due(&app.db, now).await? {
        settled(app, id, publish_one(app, id).await, &mut troubles).await?;
    }
    // What the database could not do is tried again by another run.
    troubles.pop().map_or(Ok(()), Err)
}

/// After one item: the next, unless the database fails again and again.
async fn settled(
    app: &App,
    id: Uuid,
    outcome: AppResult<()>,
    troubles: &mut Vec<AppError>,
) -> AppResult<()> {
    match outcome {
        Err(error) if error.code().status() == 503 && troubles.len() < MOST_TROUBLES => {
            tracing::warn!(article = %id, ?error, "an article waits for the database");
            troubles.push(error);
        }
        Err(error) if error.code().status() == 503 => return Err(error),
        Err(error) => tracing::warn!(article = %id, ?error, "an article missed its time"),
        Ok(()) => {}
    }
    forget(app, id).await;
    Ok(())
}

async fn expire_one(app: &App, id: Uuid) -> AppResult<()> {
    let mut tx = app.begin(AuditActor::System).await?;
    let Some(before) = queries::take_over(&tx, id, tx.now()).await? else { return Ok(()) };
    let to = next(state(&before), ArticleAction::Expire);
    let to = to.ok_or_else(|| AppError::internal("a published article that cannot expire"))?;
    let live = match before.live_revision_id {
        Some(live) => queries::revision(&tx, live).await?,
        None => None,
    };
    let revision = live.ok_or_else(|| AppError::internal("published without a revision"))?;
    let mut row = before.clone();
    (row.status, row.stage) = (to.status, to.stage);
    row.live_revision_id = None;
    row.changed_at = Some(tx.now());
    let told = Told {
        action: "article.expire",
        step: ArticleStep::Expired,
        by: None,
        revision: &revision,
        note: None,
    };
    store(app, &mut tx, &before, row, told).await?;
    Ok(tx.commit().await?)
}

/// Publishes one text that is due, or marks why not.
async fn publish_one(app: &App, id: Uuid) -> AppResult<()> {
    let mut tx = app.begin(AuditActor::System).await?;
    let Some(before) = queries::take_due(&tx, id, tx.now()).await? else { return Ok(()) };
    let revision = latest(&tx, &before).await?;
    match publish_due(app, &mut tx, &before, &revision).await {
        Ok(_) => Ok(tx.commit().await?),
        // The database's trouble is not the item's.
        Err(error) if error.code().status() == 503 => Err(error),
        Err(error) => {
            drop(tx);
            mark_failed(app, &before, &revision, error.code()).await
        }
    }
}

async fn publish_due(
    app: &App,
    tx: &mut Tx,
    before: &article::Model,
    revision: &article_revision::Model,
) -> AppResult<article::Model> {
    let by = before.scheduled_by.ok_or_else(|| AppError::internal("scheduled by nobody"))?;
    // The right to publish is needed when it happens, not only when it was asked for.
    if !may_publish(tx, by).await? {
        return Err(ErrorCode::Forbidden.into());
    }
    go_live(app, tx, before, revision, (by, before.schedule_note.clone())).await
}

async fn may_publish(conn: &impl ConnectionTrait, who: Uuid) -> AppResult<bool> {
    if !queries::is_active_member(conn, who).await? {
        return Ok(false);
    }
    let grants = grants_of(conn, [who]).await?;
    let place = <perm::ArticlePublish as StaffPermission>::INDEX;
    Ok(grants.iter().any(|(_, grant)| grant.permissions.contains(place)))
}

async fn mark_failed(
    app: &App,
    before: &article::Model,
    revision: &article_revision::Model,
    code: ErrorCode,
) -> AppResult<()> {
    tracing::warn!(article = %before.id, code = code.as_str(), "a scheduled article was not published");
    let mut tx = app.begin(AuditActor::System).await?;
    let Some(now) = queries::locked(&tx, before.id).await? else { return Ok(()) };
    if now.version != before.version || now.stage != ArticleStage::Scheduled {
        return Ok(());
    }
    let mut row = now.clone();
    row.schedule_error = Some(code.as_str().to_owned());
    let told = Told {
        action: "article.schedule_failed",
        step: ArticleStep::ScheduleFailed,
        by: None,
        revision,
        note: Some(code.as_str().to_owned()),
    };
    store(app, &mut tx, &now, row, told).await?;
    Ok(tx.commit().await?)
}
