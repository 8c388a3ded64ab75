use std::fmt::Display;

use bytes::Bytes;
use entity::media_file::MediaPurpose;
use futures_util::Stream;
use uuid::Uuid;

use super::edit::rewrite;
use super::{latest, load, written};
use crate::app::App;
use crate::features::articles::dto::{CoverQuery, StaffArticleView};
use crate::features::articles::model::Picture;
use crate::features::media::service as media;
use crate::platform::auth::{Ctx, perm};
use crate::platform::content::Examined;
use crate::platform::db::AuditActor;
use crate::platform::http::text::one_line;
use crate::platform::http::{AppResult, ErrorCode, FieldError};

pub async fn set_article_cover(
    ctx: &Ctx<perm::ArticleEdit>,
    id: Uuid,
    version: i32,
    query: CoverQuery,
    body: impl Stream<Item = Result<Bytes, impl Display>>,
) -> AppResult<StaffArticleView> {
    let alt = query.alt.trim();
    if alt.is_empty() || alt.chars().count() > 120 || one_line(alt).is_err() {
        return Err(FieldError::new("alt", "invalid_format", "应为 1 至 120 个字的说明").into());
    }
    load(&ctx.app.db, id).await?;
    let upload = media::receive(&ctx.app, MediaPurpose::ArticleCover, body).await?;
    let cover = examine_cover(&ctx.app, upload.content.clone()).await?;
    let media_id = keep_cover(&ctx.app, ctx.audit_actor(), &cover).await?;
    let row = load(&ctx.app.db, id).await?;
    let mut content = written(&latest(&ctx.app.db, &row).await?)?;
    content.cover = Some(Picture { media_id, alt: alt.to_owned() });
    rewrite(ctx, id, version, content, ("article.set_cover", false)).await
}

/// # Errors
/// `cover_invalid`
pub async fn examine_cover(app: &App, image: Bytes) -> AppResult<Examined> {
    let examined = media::examine(app, MediaPurpose::ArticleCover, image).await;
    examined.map_err(|error| match error.code() {
        ErrorCode::MediaRejected | ErrorCode::MediaTooLarge => ErrorCode::CoverInvalid.into(),
        _ => error,
    })
}

/// Stores a cover and returns its id. An article that does not take it in leaves an orphan.
///
/// # Errors
/// `unavailable`
pub async fn keep_cover(app: &App, owner: AuditActor, cover: &Examined) -> AppResult<Uuid> {
    media::keep(app, owner, MediaPurpose::ArticleCover, cover).await
}
