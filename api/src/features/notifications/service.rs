use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, Utc};
use entity::consent::ConsentPurpose;
use entity::notification::{self, DeliveryStatus, NotificationKind};
use sea_orm::Set;
use uuid::Uuid;
use wechat::client::mini::SubscribeMessage;
use wechat::client::paths;

use super::dto::NotificationView;
use super::jobs::DeliverNotification;
use super::model::{AfterFailure, after_failure, template, wording};
use super::queries;
use crate::app::App;
use crate::platform::auth::{Ctx, perm};
use crate::platform::consent::is_withdrawn;
use crate::platform::db::{AuditActor, Page, PageQuery, Tx};
use crate::platform::http::{AppError, AppResult, ErrorCode};
use crate::platform::jobs::{JobError, Schedule};

/// Writes a notice into the transaction of its cause and asks for its delivery.
///
/// # Errors
/// The rows cannot be written.
pub async fn notify(
    app: &App,
    tx: &mut Tx,
    account_id: Uuid,
    kind: NotificationKind,
    subject_id: Uuid,
) -> AppResult<()> {
    notify_all(app, tx, &[account_id], kind, subject_id).await
}

/// As [`notify`], for several people.
///
/// # Errors
/// As `notify`.
pub async fn notify_all(
    app: &App,
    tx: &mut Tx,
    accounts: &[Uuid],
    kind: NotificationKind,
    subject_id: Uuid,
) -> AppResult<()> {
    let (title, body) = wording(kind);
    let has_template = !template(&app.config.wechat.templates, kind).is_empty();
    let delivery = if has_template { DeliveryStatus::Pending } else { DeliveryStatus::Skipped };
    let notices: Vec<(Uuid, Uuid)> = accounts.iter().map(|id| (tx.new_id(), *id)).collect();
    let row = |(id, account_id): &(Uuid, Uuid)| notification::ActiveModel {
        id: Set(*id),
        account_id: Set(*account_id),
        kind: Set(kind),
        subject_id: Set(subject_id),
        title: Set(title.to_owned()),
        body: Set(body.to_owned()),
        read_at: Set(None),
        delivery: Set(delivery),
        delivery_attempts: Set(0),
        delivery_code: Set(None),
        delivered_at: Set(None),
        created_at: Set(tx.now()),
    };
    queries::insert(tx, notices.iter().map(row).collect()).await?;
    if has_template {
        let jobs: Vec<DeliverNotification> =
            notices.iter().map(|(id, _)| DeliverNotification { notification_id: *id }).collect();
        let once = |job: &DeliverNotification| {
            Schedule::now().once(format!("notification.deliver:{}", job.notification_id))
        };
        tx.enqueue_all(jobs.iter().map(|job| (job, once(job)))).await?;
    }
    Ok(())
}

pub async fn list_notifications(
    ctx: &Ctx<perm::MeUse>,
    page: PageQuery,
) -> AppResult<Page<NotificationView>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::own_page(&ctx.app.db, ctx.actor.account_id, cursor, limit).await?;
    Ok(Page::build(rows, limit, |row| (row.created_at, row.id), NotificationView::from))
}

pub async fn read_notification(ctx: &Ctx<perm::MeUse>, id: Uuid) -> AppResult<()> {
    let tx = ctx.begin().await?;
    let row = queries::own(&tx, ctx.actor.account_id, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    queries::mark_read(&tx, row.id, ctx.now).await?;
    Ok(tx.commit().await?)
}

/// Sends the WeChat message of a notice and records what became of it. The call is made outside
/// any transaction.
///
/// # Errors
/// WeChat did not take the message and may do so later.
pub async fn deliver(app: &App, id: Uuid) -> Result<(), JobError> {
    let Some(row) = queries::any(&app.db, id).await? else { return Ok(()) };
    if row.delivery != DeliveryStatus::Pending {
        return Ok(());
    }
    // Asked for now and not when the notice was written: a withdrawal in between takes effect.
    if is_withdrawn(&app.db, row.account_id, ConsentPurpose::MessagePush).await? {
        return Ok(settle(app, id, DeliveryStatus::Skipped, None).await?);
    }
    let openid = queries::openid(&app.db, row.account_id, app.wechat.appid()).await?;
    let Some(openid) = openid else {
        return Ok(settle(app, id, DeliveryStatus::Dropped, None).await?);
    };
    let template_id = template(&app.config.wechat.templates, row.kind);
    let message = SubscribeMessage::new(openid.into(), template_id, data(&row));
    match app.wechat.send_subscribe_message(&message).await {
        Ok(_) => Ok(settle(app, id, DeliveryStatus::Sent, None).await?),
        Err(error) => match after_failure(&error, paths::SUBSCRIBE_SEND) {
            AfterFailure::Settle(status) => {
                tracing::warn!(notification_id = %id, ?error, "WeChat did not deliver a notice");
                Ok(settle(app, id, status, error.errcode()).await?)
            }
            AfterFailure::Retry => {
                Err(AppError::new(ErrorCode::WechatUnavailable).because(error).into())
            }
        },
    }
}

async fn settle(
    app: &App,
    id: Uuid,
    status: DeliveryStatus,
    errcode: Option<i64>,
) -> AppResult<()> {
    let code = errcode.and_then(|code| i32::try_from(code).ok());
    let tx = app.begin(AuditActor::System).await?;
    let delivered_at = (status == DeliveryStatus::Sent).then(|| tx.now());
    queries::settle_delivery(&tx, id, status, code, delivered_at).await?;
    Ok(tx.commit().await?)
}

/// The two values of our templates: what happened, and when.
fn data(row: &notification::Model) -> BTreeMap<String, String> {
    let local = |at: DateTime<Utc>| match FixedOffset::east_opt(8 * 3600) {
        Some(zone) => at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string(),
        None => at.format("%Y-%m-%d %H:%M").to_string(),
    };
    BTreeMap::from([
        ("thing1".to_owned(), row.title.clone()),
        ("time2".to_owned(), local(row.created_at)),
    ])
}
