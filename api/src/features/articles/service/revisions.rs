use entity::{article, article_revision, article_step};
use uuid::Uuid;

use super::stale::difference;
use super::view::Names;
use super::wear;
use super::{load, written};
use crate::features::articles::dto::{
    ArticleView, DiffQuery, RevisionDiff, RevisionSummary, RevisionView, StepView,
};
use crate::features::articles::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppError, AppResult, ErrorCode};

pub async fn list_article_revisions(
    ctx: &Ctx<perm::ArticleRead>,
    id: Uuid,
    page: PageQuery,
) -> AppResult<Page<RevisionSummary>> {
    let (cursor, limit) = page.parse()?;
    let db = &ctx.app.db;
    let live = load(db, id).await?.live_revision_id;
    let rows = queries::revision_page(db, id, cursor, limit).await?;
    let names = Names::of(db, rows.iter().map(|row| row.author_id)).await?;
    let key = |row: &article_revision::Model| (row.created_at, row.id);
    let view =
        |row: article_revision::Model| RevisionSummary::of(&row, names.get(row.author_id), live);
    Ok(Page::build(rows, limit, key, view))
}

pub async fn get_article_revision(
    ctx: &Ctx<perm::ArticleRead>,
    id: Uuid,
    number: i32,
) -> AppResult<RevisionView> {
    let db = &ctx.app.db;
    let row = load(db, id).await?;
    let revision = numbered(ctx, id, number).await?;
    let names = Names::of(db, [revision.author_id]).await?;
    let author = names.get(revision.author_id);
    let summary = RevisionSummary::of(&revision, author, row.live_revision_id);
    let mut worn: article::Model = row;
    wear(&mut worn, &revision)?;
    Ok(RevisionView::of(summary, ArticleView::of(&worn, Vec::new()), written(&revision)?))
}

/// What differs between a revision and another one, by default the one before.
pub async fn diff_article_revisions(
    ctx: &Ctx<perm::ArticleRead>,
    id: Uuid,
    number: i32,
    query: DiffQuery,
) -> AppResult<RevisionDiff> {
    let from = query.against.unwrap_or(number.saturating_sub(1));
    let (old, new) = (numbered(ctx, id, from).await?, numbered(ctx, id, number).await?);
    let diff = difference(written(&old)?.lines(), written(&new)?.lines()).await?;
    Ok(RevisionDiff { from, to: number, diff })
}

async fn numbered(
    ctx: &Ctx<perm::ArticleRead>,
    id: Uuid,
    number: i32,
) -> AppResult<article_revision::Model> {
    let found = queries::revision_numbered(&ctx.app.db, id, number).await?;
    found.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

/// Who wrote, reviewed and published an article, and when: the record of 三审三校, oldest first.
pub async fn list_article_reviews(
    ctx: &Ctx<perm::ArticleRead>,
    id: Uuid,
    page: PageQuery,
) -> AppResult<Page<StepView>> {
    let (cursor, limit) = page.parse()?;
    let db = &ctx.app.db;
    load(db, id).await?;
    let rows = queries::step_page(db, id, cursor, limit).await?;
    let names = Names::of(db, rows.iter().map(|row| row.staff_id)).await?;
    let key = |row: &article_step::Model| (row.at, row.id);
    let view = |row: article_step::Model| StepView {
        id: row.id,
        step: row.step,
        revision: row.revision_number,
        by: names.get(row.staff_id),
        at: row.at,
        note: row.note,
    };
    Ok(Page::build(rows, limit, key, view))
}
