use std::collections::HashMap;

use entity::article::ArticleStage;
use entity::article_review::{self, ArticleReviewStatus};
use entity::article_revision;
use entity::article_step::ArticleStep;
use uuid::Uuid;

use super::stale::Change;
use super::view::involved;
use super::{Told, latest, list, store, written};
use crate::features::articles::dto::{RequestChanges, StaffArticleView, SubmitArticle};
use crate::features::articles::model::{
    ArticleAction, Content, Finding, Rendered, findings, render,
};
use crate::features::articles::queries;
use crate::platform::auth::{Ctx, Permission, Staff, perm};
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

/// Hands the text in for review.
///
/// # Errors
/// `article_incomplete` with what is missing; `personal_data_found` unless it is acknowledged.
pub async fn submit_article(
    ctx: &Ctx<perm::ArticleEdit>,
    id: Uuid,
    version: i32,
    input: SubmitArticle,
) -> AppResult<StaffArticleView> {
    let mut change = Change::begin(ctx, id, version, ArticleAction::Submit, None).await?;
    let revision = latest(&change.tx, &change.before).await?;
    let content = written(&revision)?;
    require_complete(&content, &revision)?;
    if content.expire_at.is_some_and(|end| end <= ctx.now) {
        return Err(FieldError::new("expire_at", "out_of_range", "有效期应在当前时间之后").into());
    }
    let found = findings(&content);
    if !found.is_empty() && !input.acknowledge_personal_data {
        return Err(personal_data(&found));
    }
    let review = article_review::Model {
        id: change.tx.new_id(),
        article_id: id,
        revision_id: revision.id,
        version: change.before.version,
        status: ArticleReviewStatus::Running,
        submitted_by: ctx.actor.staff_id,
        submitted_at: ctx.now,
        acknowledged: i32::try_from(found.len()).unwrap_or(i32::MAX),
        decided_by: None,
        decided_at: None,
        note: None,
    };
    queries::add_review(&change.tx, review).await?;
    let told = told("article.submit", ArticleStep::Submitted, ctx, &revision, None);
    finish(ctx, &mut change, told).await?;
    done(ctx, change).await
}

/// Takes the text back before anybody has decided.
pub async fn recall_article(
    ctx: &Ctx<perm::ArticleEdit>,
    id: Uuid,
    version: i32,
) -> AppResult<StaffArticleView> {
    let mut change = Change::begin(ctx, id, version, ArticleAction::Recall, None).await?;
    let revision = latest(&change.tx, &change.before).await?;
    queries::cancel_review(&change.tx, id, ctx.now).await?;
    let told = told("article.recall", ArticleStep::Recalled, ctx, &revision, None);
    finish(ctx, &mut change, told).await?;
    done(ctx, change).await
}

/// # Errors
/// `same_person` for whoever wrote any of the text
pub async fn approve_article(
    ctx: &Ctx<perm::ArticleReview>,
    id: Uuid,
    version: i32,
) -> AppResult<StaffArticleView> {
    let names = ("article.approve", ArticleStep::Approved);
    decide(ctx, id, version, (ArticleAction::Approve, ArticleReviewStatus::Approved, None), names)
        .await
}

/// Gives the text back to its authors, with what is to be done.
///
/// # Errors
/// `same_person` for whoever wrote any of the text
pub async fn request_article_changes(
    ctx: &Ctx<perm::ArticleReview>,
    id: Uuid,
    version: i32,
    input: RequestChanges,
) -> AppResult<StaffArticleView> {
    let names = ("article.request_changes", ArticleStep::ChangesRequested);
    let verdict =
        (ArticleAction::RequestChanges, ArticleReviewStatus::ChangesRequested, Some(input.note));
    decide(ctx, id, version, verdict, names).await
}

async fn decide(
    ctx: &Ctx<perm::ArticleReview>,
    id: Uuid,
    version: i32,
    (action, status, note): (ArticleAction, ArticleReviewStatus, Option<String>),
    (name, step): (&'static str, ArticleStep),
) -> AppResult<StaffArticleView> {
    let mut change = Change::begin(ctx, id, version, action, None).await?;
    let who = ctx.actor.staff_id;
    if involved(&change.tx, &change.before).await?.excludes(who, action) {
        return Err(ErrorCode::SamePerson.into());
    }
    let revision = latest(&change.tx, &change.before).await?;
    let from = match change.before.stage {
        ArticleStage::InReview => ArticleReviewStatus::Running,
        _ => ArticleReviewStatus::Approved,
    };
    let verdict = (status, who, note.clone());
    if !queries::decide_review(&change.tx, (revision.id, from), verdict, ctx.now).await? {
        return Err(AppError::internal("a text in review without its review"));
    }
    finish(ctx, &mut change, told(name, step, ctx, &revision, note)).await?;
    done(ctx, change).await
}

fn told<'a, P: Permission<Actor = Staff>>(
    action: &'static str,
    step: ArticleStep,
    ctx: &Ctx<P>,
    revision: &'a article_revision::Model,
    note: Option<String>,
) -> Told<'a> {
    Told { action, step, by: Some(ctx.actor.staff_id), revision, note }
}

/// Writes a step that changes nothing but how far the text is.
async fn finish<P: Permission<Actor = Staff>>(
    ctx: &Ctx<P>,
    change: &mut Change,
    told: Told<'_>,
) -> AppResult<()> {
    let mut row = change.before.clone();
    (row.status, row.stage) = (change.to.status, change.to.stage);
    change.before = store(&ctx.app, &mut change.tx, &change.before, row, told).await?;
    Ok(())
}

async fn done<P: Permission<Actor = Staff>>(
    ctx: &Ctx<P>,
    change: Change,
) -> AppResult<StaffArticleView> {
    change.tx.commit().await?;
    super::view::shown(ctx, change.before).await
}

fn require_complete(content: &Content, revision: &article_revision::Model) -> AppResult<()> {
    let rendered = Rendered {
        media: list(&revision.media)?,
        ..render(content.body_format, &content.body, &HashMap::new())
    };
    let lacks = content.lacks(&rendered).into_iter();
    let fields: Vec<_> =
        lacks.map(|lack| FieldError::new(&lack.path, "required", lack.message)).collect();
    if fields.is_empty() {
        return Ok(());
    }
    Err(AppError::new(ErrorCode::ArticleIncomplete).naming(fields))
}

fn personal_data(found: &[Finding]) -> AppError {
    let fields = found.iter().map(|one| {
        let message = format!("第 {} 个字起疑似个人信息", one.offset + 1);
        FieldError::new(&one.field, "invalid_format", message)
    });
    AppError::new(ErrorCode::PersonalDataFound).naming(fields.collect())
}
