//! The beginning of every change: the article is locked, is the version that somebody saw, and may
//! become what they want.

use entity::article;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{latest, state, written};
use crate::features::articles::model::{ArticleAction, Content, State, line_diff, next};
use crate::features::articles::queries;
use crate::platform::auth::{Ctx, Permission, Staff};
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, EditConflict, ErrorCode};

/// A difference may take a thread for a fifth of a second; this many at a time.
static DIFFS: Semaphore = Semaphore::const_new(2);

pub(super) struct Change {
    pub tx: Tx,
    pub before: article::Model,
    pub to: State,
}

impl Change {
    /// A change of the text that somebody saw. `text` is what was to replace it.
    ///
    /// # Errors
    /// `not_found`, `stale_version`, `article_not_draft`
    pub async fn begin<P: Permission<Actor = Staff>>(
        ctx: &Ctx<P>,
        id: Uuid,
        version: i32,
        action: ArticleAction,
        text: Option<&Content>,
    ) -> AppResult<Self> {
        let tx = ctx.begin().await?;
        let before = lock(&tx, id).await?;
        if before.version != version {
            drop(tx);
            return Err(stale(ctx, &before, text).await?);
        }
        Self::of(tx, before, action)
    }

    /// A change of the article, whatever its text.
    ///
    /// # Errors
    /// `not_found`, `article_not_draft`
    pub async fn begin_any<P: Permission<Actor = Staff>>(
        ctx: &Ctx<P>,
        id: Uuid,
        action: ArticleAction,
    ) -> AppResult<Self> {
        let tx = ctx.begin().await?;
        let before = lock(&tx, id).await?;
        Self::of(tx, before, action)
    }

    fn of(tx: Tx, before: article::Model, action: ArticleAction) -> AppResult<Self> {
        match next(state(&before), action) {
            Some(to) => Ok(Self { tx, before, to }),
            None => Err(ErrorCode::ArticleNotDraft.into()),
        }
    }
}

async fn lock(tx: &Tx, id: Uuid) -> AppResult<article::Model> {
    queries::locked(tx, id).await?.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

/// Says whose change came first, when, and how it differs from the text that is refused.
async fn stale<P: Permission<Actor = Staff>>(
    ctx: &Ctx<P>,
    row: &article::Model,
    text: Option<&Content>,
) -> AppResult<AppError> {
    let db = &ctx.app.db;
    let names = queries::staff_names(db, row.updated_by.into_iter().collect()).await?;
    let diff = match text {
        Some(text) => {
            Some(difference(written(&latest(db, row).await?)?.lines(), text.lines()).await?)
        }
        None => None,
    };
    let conflict = EditConflict {
        edited_by: names.into_iter().next().map(|(_, name)| name),
        edited_at: row.updated_at,
        version: row.version,
        diff,
    };
    Ok(AppError::new(ErrorCode::StaleVersion).edited(conflict))
}

/// A unified diff, made on a thread for blocking work.
///
/// # Errors
/// The thread is gone.
pub(super) async fn difference(old: String, new: String) -> AppResult<String> {
    let _turn = DIFFS.acquire().await.map_err(AppError::internal)?;
    #[expect(clippy::disallowed_methods, reason = "awaited at once, and `DIFFS` bounds them")]
    let diff = tokio::task::spawn_blocking(move || line_diff(&old, &new)).await;
    diff.map_err(AppError::internal)
}
