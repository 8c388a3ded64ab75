use entity::media_file::{self, MediaHolder, MediaPurpose};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::features::media::model::{Smaller, fitting, rendition_key};
use crate::features::media::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppError, AppResult, ErrorCode, StoredFile};

/// What staff upload for articles.
const OF_ARTICLES: [MediaPurpose; 3] =
    [MediaPurpose::ArticleImage, MediaPurpose::ArticleCover, MediaPurpose::ArticleDocument];

pub async fn get_media(
    ctx: &Ctx<perm::Public>,
    id: Uuid,
    width: Option<u32>,
) -> AppResult<StoredFile> {
    show(queries::public(&ctx.app.db, id).await?, width)
}

pub async fn get_staff_media(
    ctx: &Ctx<perm::ArticleRead>,
    id: Uuid,
    width: Option<u32>,
) -> AppResult<StoredFile> {
    show(queries::ready(&ctx.app.db, &OF_ARTICLES, id).await?, width)
}

/// Checked files of articles among `ids`, whoever holds them.
pub async fn find_media(
    conn: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> AppResult<Vec<media_file::Model>> {
    Ok(queries::ready_among(conn, &OF_ARTICLES, ids).await?)
}

/// The files of an object whose feature has decided that the caller may see them.
pub async fn list_held_media(
    conn: &impl ConnectionTrait,
    holder: (MediaHolder, Uuid),
) -> AppResult<Vec<media_file::Model>> {
    Ok(queries::held(conn, holder).await?)
}

/// One file of an object whose feature has decided that the caller may see it.
pub async fn get_held_media(
    conn: &impl ConnectionTrait,
    holder: (MediaHolder, Uuid),
    id: Uuid,
    width: Option<u32>,
) -> AppResult<StoredFile> {
    show(queries::held_one(conn, holder, id).await?, width)
}

fn show(row: Option<media_file::Model>, width: Option<u32>) -> AppResult<StoredFile> {
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let smaller: Vec<Smaller> =
        serde_json::from_value(row.renditions).map_err(AppError::internal)?;
    let chosen = width.and_then(|width| fitting(&smaller, width));
    let width = chosen.map(|one| one.width);
    let bytes = match chosen {
        Some(one) => one.bytes.into(),
        None => u64::try_from(row.bytes).map_err(AppError::internal)?,
    };
    let suffix = width.map(|width| format!("-{width}")).unwrap_or_default();
    Ok(StoredFile {
        key: rendition_key(&row.storage_key, width),
        media_type: row.media_type.as_str(),
        bytes,
        name: format!("{}{suffix}.{}", row.id, row.media_type.ending()),
        // An id stands for the same bytes for ever.
        etag: format!("\"{}{suffix}\"", row.id.simple()),
        is_public: row.is_public,
    })
}
