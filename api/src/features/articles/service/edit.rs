use entity::article::{ArticleStage, ArticleStatus};
use entity::article_step::ArticleStep;
use uuid::Uuid;

use super::stale::Change;
use super::wear;
use super::{
    Told, Written, added_revision, content, first_row, latest, load, prepare, store, store_first,
    written,
};
use crate::features::articles::dto::{StaffArticleView, WriteArticle};
use crate::features::articles::model::{ArticleAction, Content};
use crate::features::articles::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::AppResult;

pub async fn create_article(
    ctx: &Ctx<perm::ArticleEdit>,
    input: WriteArticle,
) -> AppResult<StaffArticleView> {
    let written = prepare(&ctx.app.db, content(input, None)?).await?;
    let mut tx = ctx.begin().await?;
    let author = Some(ctx.actor.staff_id);
    let (row, revision) = first_row(&tx, author, None, &written).await?;
    let told = Told {
        action: "article.create",
        step: ArticleStep::Written,
        by: author,
        revision: &revision,
        note: None,
    };
    let row = store_first(&ctx.app, &mut tx, row, told).await?;
    tx.commit().await?;
    super::view::shown(ctx, row).await
}

/// Replaces the text: a new revision. What is public stays as it is until that is published.
///
/// # Errors
/// `stale_version` with who changed it, when, and the difference; `article_not_draft` while it is
/// scheduled and once it is withdrawn.
pub async fn update_article(
    ctx: &Ctx<perm::ArticleEdit>,
    id: Uuid,
    version: i32,
    input: WriteArticle,
) -> AppResult<StaffArticleView> {
    let row = load(&ctx.app.db, id).await?;
    // Of another version the cover is another one, and the edit is refused anyway.
    let cover = written(&latest(&ctx.app.db, &row).await?)?.cover;
    rewrite(ctx, id, version, content(input, cover)?, ("article.update", true)).await
}

/// Adds a revision to an article. The text of the request is in it, or only its cover is new.
pub(super) async fn rewrite(
    ctx: &Ctx<perm::ArticleEdit>,
    id: Uuid,
    version: i32,
    content: Content,
    (action, is_text): (&'static str, bool),
) -> AppResult<StaffArticleView> {
    let written: Written = prepare(&ctx.app.db, content).await?;
    let text = is_text.then_some(&written.content);
    let Change { mut tx, before, to } =
        Change::begin(ctx, id, version, ArticleAction::Edit, text).await?;
    let author = Some(ctx.actor.staff_id);
    let number = queries::next_number(&tx, id).await?;
    let revision = added_revision(&tx, (id, number), author, &written).await?;
    if before.stage == ArticleStage::InReview {
        queries::cancel_review(&tx, id, ctx.now).await?;
    }
    let mut row = before.clone();
    (row.status, row.stage) = (to.status, to.stage);
    row.latest_revision_id = Some(revision.id);
    // Afterwards the row is what the public sees or saw last.
    if row.status == ArticleStatus::Draft {
        wear(&mut row, &revision)?;
    }
    let told =
        Told { action, step: ArticleStep::Written, by: author, revision: &revision, note: None };
    let row = store(&ctx.app, &mut tx, &before, row, told).await?;
    tx.commit().await?;
    super::view::shown(ctx, row).await
}
