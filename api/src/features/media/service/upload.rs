use std::fmt::Display;

use bytes::Bytes;
use chrono::TimeDelta;
use entity::media_file::{self, MediaPurpose, MediaState, MediaType};
use futures_util::Stream;
use sea_orm::Set;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::app::App;
use crate::features::media::dto::{CreateMediaTicket, MediaTicketView, MediaView};
use crate::features::media::model::{
    Audience, MOST_LOOSE, Smaller, audience, rendition_key, rules, storage_key,
};
use crate::features::media::queries::{self, Stored};
use crate::platform::auth::{Ctx, Permission};
use crate::platform::clock::local_date;
use crate::platform::content::{Examined, Flaw, Rendition, kind_of};
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError, Upload};

pub async fn create_media_ticket<P: Permission>(
    ctx: &Ctx<P>,
    input: CreateMediaTicket,
) -> AppResult<MediaTicketView> {
    let owner = ctx.audit_actor();
    let rules = rules(input.purpose);
    if rules.audience.is_none() || rules.audience != audience(owner) {
        return Err(FieldError::new("purpose", "unknown_value", "不是允许的用途").into());
    }
    if !rules.kinds.contains(&input.media_type) {
        let message = "该用途不接受这种文件类型";
        return Err(FieldError::new("media_type", "unknown_value", message).into());
    }
    if usize::try_from(input.size).is_ok_and(|size| size > rules.bounds.bytes) {
        return Err(FieldError::out_of_range("size", 1, rules.bounds.bytes).into());
    }
    let sha256 =
        input.sha256.as_deref().map(hex::decode).transpose().map_err(AppError::internal)?;
    let expires_at = ctx.now + TimeDelta::seconds(ctx.app.config.media.ticket_secs.into());
    let tx = ctx.begin().await?;
    queries::lock_owner(&tx, owner).await?;
    if queries::count_loose(&tx, owner).await? >= MOST_LOOSE {
        return Err(ErrorCode::MediaTooMany.into());
    }
    let row = media_file::ActiveModel {
        bytes: Set(input.size),
        sha256: Set(sha256),
        expires_at: Set(Some(expires_at)),
        ..new_file(&ctx.app, &tx, MediaState::Pending, input.purpose, input.media_type)
    };
    let row = queries::insert(&tx, row).await?;
    tx.commit().await?;
    let prefix = if audience(owner) == Some(Audience::Staff) { "staff/media" } else { "media" };
    Ok(MediaTicketView {
        id: row.id,
        upload_url: format!("/api/v1/{prefix}/uploads/{}", row.id),
        expires_at,
    })
}

fn new_file(
    app: &App,
    tx: &Tx,
    state: MediaState,
    purpose: MediaPurpose,
    media_type: MediaType,
) -> media_file::ActiveModel {
    let (account_id, staff_id) = match tx.actor() {
        AuditActor::Resident(id) => (Some(id), None),
        AuditActor::Staff(id) => (None, Some(id)),
        AuditActor::System => (None, None),
    };
    media_file::ActiveModel {
        id: Set(tx.new_id()),
        account_id: Set(account_id),
        staff_id: Set(staff_id),
        purpose: Set(purpose),
        state: Set(state),
        media_type: Set(media_type),
        renditions: Set(json!([])),
        storage_key: Set(storage_key(local_date(tx.now()), &app.ids.token())),
        is_public: Set(false),
        created_at: Set(tx.now()),
        ..media_file::ActiveModel::default()
    }
}

/// Takes the bytes of a ticket in. What the network did wrong leaves the ticket as it was; what is
/// wrong with the file uses it up.
pub async fn upload_media<P: Permission, E: Display>(
    ctx: &Ctx<P>,
    id: Uuid,
    body: impl Stream<Item = Result<Bytes, E>>,
) -> AppResult<MediaView> {
    let (app, owner) = (&ctx.app, ctx.audit_actor());
    let row = queries::own(&app.db, owner, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let is_open = row.state == MediaState::Pending && row.expires_at.is_some_and(|at| at > ctx.now);
    if !is_open {
        return Err(ErrorCode::MediaTicketClosed.into());
    }
    let size = usize::try_from(row.bytes).map_err(AppError::internal)?;
    let upload = app.uploads.read(body, size).await?;
    let is_same = upload.content.len() == size
        && row.sha256.as_deref().is_none_or(|sum| sum == &Sha256::digest(&upload.content)[..]);
    if !is_same {
        return Err(ErrorCode::MediaMismatch.into());
    }
    let tx = ctx.begin().await?;
    if !queries::claim(&tx, id, ctx.now, orphaned_at(&tx, app)).await? {
        return Err(ErrorCode::MediaTicketClosed.into());
    }
    tx.commit().await?;
    let bounds = rules(row.purpose).bounds;
    let examined = app.content.examine(row.media_type, upload.content.clone(), bounds).await?;
    let examined = match examined {
        Ok(examined) => examined,
        Err(flaw) => {
            let tx = ctx.begin().await?;
            queries::reject(&tx, id).await?;
            tx.commit().await?;
            return Err(refusal(flaw).into());
        }
    };
    if let Err(cause) = write(app, &row.storage_key, &examined).await {
        let tx = ctx.begin().await?;
        queries::reopen(&tx, id, row.expires_at.unwrap_or(ctx.now)).await?;
        tx.commit().await?;
        return Err(cause);
    }
    let tx = ctx.begin().await?;
    let done = finish(app, &tx, id, &examined).await?;
    tx.commit().await?;
    Ok(done.into())
}

fn refusal(flaw: Flaw) -> ErrorCode {
    match flaw {
        Flaw::OtherKind | Flaw::Broken => ErrorCode::MediaRejected,
        Flaw::TooManyPixels => ErrorCode::MediaTooLarge,
        Flaw::Active => ErrorCode::MediaActive,
    }
}

/// Reads a file that comes without a ticket.
///
/// # Errors
/// `body_too_large` beyond what its purpose allows, and those of [`UploadBudget::read`].
///
/// [`UploadBudget::read`]: crate::platform::http::UploadBudget::read
pub async fn receive<E: Display>(
    app: &App,
    purpose: MediaPurpose,
    body: impl Stream<Item = Result<Bytes, E>>,
) -> AppResult<Upload> {
    app.uploads.read(body, rules(purpose).bounds.bytes).await
}

/// Looks at a file that comes without a ticket.
///
/// # Errors
/// Those of a ticket's file; `media_rejected` also for a kind or size that the purpose does not take.
pub async fn examine(app: &App, purpose: MediaPurpose, content: Bytes) -> AppResult<Examined> {
    let rules = rules(purpose);
    let kind = kind_of(&content)
        .filter(|kind| rules.kinds.contains(kind) && content.len() <= rules.bounds.bytes)
        .ok_or_else(|| AppError::new(ErrorCode::MediaRejected))?;
    let examined = app.content.examine(kind, content, rules.bounds).await?;
    examined.map_err(|flaw| refusal(flaw).into())
}

/// Stores a file that was examined and returns its id. It is deleted unless an object takes hold of it.
pub async fn keep(
    app: &App,
    owner: AuditActor,
    purpose: MediaPurpose,
    examined: &Examined,
) -> AppResult<Uuid> {
    let tx = app.begin(owner).await?;
    let row = media_file::ActiveModel {
        bytes: Set(length(&examined.full.content)?),
        expires_at: Set(Some(orphaned_at(&tx, app))),
        ..new_file(app, &tx, MediaState::Checking, purpose, examined.kind)
    };
    let row = queries::insert(&tx, row).await?;
    tx.commit().await?;
    write(app, &row.storage_key, examined).await?;
    let tx = app.begin(owner).await?;
    finish(app, &tx, row.id, examined).await?;
    tx.commit().await?;
    Ok(row.id)
}

async fn write(app: &App, storage_key: &str, examined: &Examined) -> AppResult<()> {
    for rendition in &examined.smaller {
        let key = rendition_key(storage_key, rendition.size.map(|(width, _)| width));
        app.storage.write(&key, rendition.content.clone()).await?;
    }
    app.storage.write(&rendition_key(storage_key, None), examined.full.content.clone()).await
}

async fn finish(app: &App, tx: &Tx, id: Uuid, examined: &Examined) -> AppResult<media_file::Model> {
    let smaller: Vec<Smaller> = examined.smaller.iter().map(smaller).collect::<AppResult<_>>()?;
    let side = |side: u32| i32::try_from(side).map_err(AppError::internal);
    let stored = Stored {
        media_type: examined.kind,
        bytes: length(&examined.full.content)?,
        sha256: Sha256::digest(&examined.full.content).to_vec(),
        width: examined.full.size.map(|(width, _)| side(width)).transpose()?,
        height: examined.full.size.map(|(_, height)| side(height)).transpose()?,
        renditions: serde_json::to_value(smaller).map_err(AppError::internal)?,
    };
    // Who took longer than an orphan lives has been swept away; the bytes are swept once more.
    if !queries::finish(tx, id, stored, orphaned_at(tx, app)).await? {
        return Err(ErrorCode::MediaTicketClosed.into());
    }
    let row = queries::own(tx, tx.actor(), id).await?;
    row.ok_or_else(|| AppError::internal("a file vanished inside its transaction"))
}

fn smaller(rendition: &Rendition) -> AppResult<Smaller> {
    let (width, height) = rendition.size.unwrap_or_default();
    let bytes = u32::try_from(rendition.content.len()).map_err(AppError::internal)?;
    Ok(Smaller { width, height, bytes })
}

fn length(content: &Bytes) -> AppResult<i32> {
    i32::try_from(content.len()).map_err(AppError::internal)
}

/// When a file goes that nothing refers to.
pub(super) fn orphaned_at(tx: &Tx, app: &App) -> chrono::DateTime<chrono::Utc> {
    tx.now() + TimeDelta::seconds(app.config.media.orphan_secs.into())
}
