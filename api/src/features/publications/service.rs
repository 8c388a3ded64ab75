use entity::article::{self, ArticleStatus};
use entity::article_publication::{ActiveModel, Model, PublicationState};
use sea_orm::{ConnectionTrait, Set};
use serde_json::json;
use uuid::Uuid;

use super::dto::{PublicationChannel, PublicationList, PublicationView};
use super::queries;
use crate::app::App;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// Says what an article's channels are to show after a change of it, as part of that change.
///
/// # Errors
/// The rows cannot be written.
pub async fn record_publication(app: &App, tx: &Tx, article: &article::Model) -> AppResult<()> {
    if article.status != ArticleStatus::Published {
        // Nothing to a draft that was never public.
        return Ok(queries::withdraw(tx, article.id, tx.now()).await?);
    }
    let row = |channel, state, external_id| ActiveModel {
        id: Set(tx.new_id()),
        article_id: Set(article.id),
        channel: Set(channel),
        revision_number: Set(article.published_number),
        state: Set(state),
        external_id: Set(external_id),
        attempts: Set(0),
        last_error_code: Set(None),
        next_try_at: Set((state == PublicationState::Queued).then(|| tx.now())),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
    };
    let page = app.config.article_url(article.id);
    let readers = vec![
        row(PublicationChannel::MiniProgram, PublicationState::Sent, None),
        row(PublicationChannel::H5, PublicationState::Sent, Some(page)),
    ];
    queries::put(tx, readers, true).await?;
    let draft = row(PublicationChannel::PublicAccountDraft, PublicationState::Queued, None);
    Ok(queries::put(tx, vec![draft], false).await?)
}

pub async fn list_article_publications(
    ctx: &Ctx<perm::ArticleRead>,
    article_id: Uuid,
) -> AppResult<PublicationList> {
    let rows = rows(&ctx.app.db, article_id).await?;
    Ok(PublicationList { items: rows.into_iter().map(PublicationView::from).collect() })
}

/// # Errors
/// `publication_not_failed`
pub async fn retry_article_publication(
    ctx: &Ctx<perm::ArticlePublish>,
    article_id: Uuid,
    channel: PublicationChannel,
) -> AppResult<PublicationView> {
    let tx = ctx.begin().await?;
    let one = |rows: Vec<Model>| rows.into_iter().find(|row| row.channel == channel);
    let not_found = || AppError::new(ErrorCode::NotFound);
    let before = one(rows(&tx, article_id).await?).ok_or_else(not_found)?;
    if !queries::retry(&tx, article_id, channel, ctx.now).await? {
        return Err(ErrorCode::PublicationNotFailed.into());
    }
    let after = one(rows(&tx, article_id).await?).ok_or_else(not_found)?;
    let details = json!({ "channel": channel });
    tx.audit_change(
        "article.retry_publication",
        "article",
        article_id,
        &before,
        &after,
        Some(details),
    )
    .await?;
    tx.commit().await?;
    Ok(after.into())
}

async fn rows(conn: &impl ConnectionTrait, article_id: Uuid) -> AppResult<Vec<Model>> {
    let rows = queries::of_article(conn, article_id).await?;
    if rows.is_empty() && !queries::is_article(conn, article_id).await? {
        return Err(ErrorCode::NotFound.into());
    }
    Ok(rows)
}
