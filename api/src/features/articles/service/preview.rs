use chrono::{DateTime, TimeDelta};
use entity::article;
use entity::media_file::MediaHolder;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::wear;
use super::{ONE, latest, load};
use crate::app::App;
use crate::features::articles::dto::{
    ArticlePreview, ArticleView, CreatePreviewLink, PreviewLinkView,
};
use crate::features::articles::model::PreviewLink;
use crate::features::articles::queries;
use crate::features::media::service::get_held_media;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppError, AppResult, ErrorCode, StoredFile};

/// The key of an index signs too, for a purpose of its own; it changes with the others.
const SIGNATURE: &str = "article.preview";
const DEFAULT_HOURS: i64 = 24;
const FILES: &str = "/api/v1/media/files/";
const COVERS: &str = "/api/v1/covers/";

/// A link to the latest text for who has no log-in, until the state of the article changes.
pub async fn create_preview_link(
    ctx: &Ctx<perm::ArticleRead>,
    id: Uuid,
    input: CreatePreviewLink,
) -> AppResult<PreviewLinkView> {
    let row = load(&ctx.app.db, id).await?;
    let end = ctx.now + TimeDelta::hours(input.hours.unwrap_or(DEFAULT_HOURS));
    let expires_at = DateTime::from_timestamp(end.timestamp(), 0).unwrap_or(end);
    let content = PreviewLink { article_id: id, state_seq: row.state_seq, expires_at }.content();
    let signature = hex::encode(ctx.app.blind_index.array(SIGNATURE, &content));
    let tx = ctx.begin().await?;
    tx.audit("article.create_preview_link", ONE, id, None).await?;
    tx.commit().await?;
    Ok(PreviewLinkView {
        url: format!("/api/v1/article-previews/{content}.{signature}"),
        expires_at,
    })
}

/// The text behind a link. Its pictures are found below the link.
///
/// # Errors
/// `preview_link_invalid`, `preview_link_expired`
pub async fn get_article_preview(
    ctx: &Ctx<perm::Public>,
    token: &str,
) -> AppResult<ArticlePreview> {
    let db = &ctx.app.db;
    let row = behind(ctx, token).await?;
    let revision = latest(db, &row).await?;
    let mut worn = row.clone();
    wear(&mut worn, &revision)?;
    let mut article = ArticleView::of(&worn, queries::corrections(db, row.id).await?);
    let files = format!("/api/v1/article-previews/{token}/files/");
    let of_link = |url: &str| url.replace(FILES, &files).replace(COVERS, &files);
    article.body_html = article.body_html.replace(&format!("=\"{FILES}"), &format!("=\"{files}"));
    article.summary.cover_url = article.summary.cover_url.as_deref().map(of_link);
    for one in &mut article.media {
        one.url = of_link(&one.url);
    }
    Ok(ArticlePreview { article, status: row.status, stage: row.stage, revision: revision.number })
}

/// A file of the text behind a link.
///
/// # Errors
/// As [`get_article_preview`]; `not_found`
pub async fn get_article_preview_file(
    ctx: &Ctx<perm::Public>,
    token: &str,
    id: Uuid,
    width: Option<u32>,
) -> AppResult<StoredFile> {
    let row = behind(ctx, token).await?;
    let file = get_held_media(&ctx.app.db, (MediaHolder::Article, row.id), id, width).await?;
    // Nobody keeps what may be gone with the link.
    Ok(StoredFile { is_public: false, ..file })
}

async fn behind(ctx: &Ctx<perm::Public>, token: &str) -> AppResult<article::Model> {
    let invalid = || AppError::new(ErrorCode::PreviewLinkInvalid);
    let (link, signature) = PreviewLink::read(token).ok_or_else(invalid)?;
    if !is_ours(&ctx.app, &link.content(), &signature) {
        return Err(invalid());
    }
    let row = queries::by_id(&ctx.app.db, link.article_id).await?.ok_or_else(invalid)?;
    if link.expires_at <= ctx.now || link.state_seq != row.state_seq {
        return Err(ErrorCode::PreviewLinkExpired.into());
    }
    Ok(row)
}

/// Under any key that a link may still be under.
fn is_ours(app: &App, content: &str, signature: &[u8]) -> bool {
    let keys = app.blind_index.all_of(SIGNATURE, content).into_iter();
    // The hash stands behind the name of its key.
    keys.filter_map(|index| index.last_chunk::<32>().copied())
        .any(|own| own.ct_eq(signature).into())
}
