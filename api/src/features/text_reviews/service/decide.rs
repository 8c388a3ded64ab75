use chrono::TimeDelta;
use entity::text_review::{Model, ReviewStatus};
use serde_json::json;
use uuid::Uuid;

use super::{digest, text_of};
use crate::features::text_reviews::dto::{
    DecideTextReview, ReviewOutcome, TextReviewSummary, TextReviewView,
};
use crate::features::text_reviews::policy::regions;
use crate::features::text_reviews::queries::{self, Claim, Decision};
use crate::platform::auth::{Ctx, RegionScope, perm};
use crate::platform::db::{Page, PageQuery, Tx};
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

pub async fn list_text_reviews(
    ctx: &Ctx<perm::TextReview>,
    page: PageQuery,
) -> AppResult<Page<TextReviewSummary>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::queue_page(&ctx.app.db, &regions(&ctx.actor), cursor, limit).await?;
    let key = |row: &Model| (row.queued_at.unwrap_or(row.submitted_at), row.id);
    Ok(Page::build(rows, limit, key, |row| TextReviewSummary::of(row, ctx.actor.staff_id, ctx.now)))
}

pub async fn claim_text_review(ctx: &Ctx<perm::TextReview>, id: Uuid) -> AppResult<TextReviewView> {
    let (scope, me) = (regions(&ctx.actor), ctx.actor.staff_id);
    let tx = ctx.begin().await?;
    let review = waiting(&tx, &scope, id).await?;
    let text = text_of(&ctx.app, &tx, review.kind, review.subject_id).await?;
    let Some(text) = text else {
        queries::delete(&tx, id).await?;
        tx.commit().await?;
        return Err(ErrorCode::NotFound.into());
    };
    let until = ctx.now + TimeDelta::seconds(i64::from(ctx.app.config.text_review.claim_secs));
    let digest_cipher = digest(&ctx.app, &text)?;
    let claim = Claim { reviewer: me, digest_cipher, until };
    if !queries::claim(&tx, &review, claim, ctx.now).await? {
        return Err(ErrorCode::TextReviewClaimed.into());
    }
    let details = json!({ "kind": review.kind, "subject_id": review.subject_id });
    tx.audit("text_review.claim", "text_review", id, Some(details)).await?;
    let review = found(&tx, &scope, id).await?;
    tx.commit().await?;
    Ok(TextReviewView { summary: TextReviewSummary::of(review, me, ctx.now), text })
}

pub async fn decide_text_review(
    ctx: &Ctx<perm::TextReview>,
    id: Uuid,
    input: DecideTextReview,
) -> AppResult<TextReviewSummary> {
    let (scope, me) = (regions(&ctx.actor), ctx.actor.staff_id);
    let status = match (input.outcome, input.ground) {
        (ReviewOutcome::Passed, None) => ReviewStatus::Passed,
        (ReviewOutcome::Rejected, Some(_)) => ReviewStatus::Rejected,
        (ReviewOutcome::Passed, Some(_)) => {
            return Err(FieldError::new("ground", "invalid_format", "通过时不填写理由").into());
        }
        (ReviewOutcome::Rejected, None) => {
            return Err(FieldError::new("ground", "required", "不通过时须选择理由").into());
        }
    };
    let tx = ctx.begin().await?;
    let review = waiting(&tx, &scope, id).await?;
    let decision = Decision { status, ground: input.ground, reviewer: me };
    if !queries::decide(&tx, id, &decision, ctx.now).await? {
        // What another has just decided waits no more; everything else was not ours to decide.
        waiting(&tx, &scope, id).await?;
        return Err(ErrorCode::TextReviewNotClaimed.into());
    }
    let details = json!({ "from": review.status, "status": status, "ground": input.ground });
    tx.audit("text_review.decide", "text_review", id, Some(details)).await?;
    let review = found(&tx, &scope, id).await?;
    tx.commit().await?;
    ctx.app.metrics.count_text_review(format!("human_{}", status.as_str()));
    Ok(TextReviewSummary::of(review, me, ctx.now))
}

async fn found(tx: &Tx, scope: &RegionScope, id: Uuid) -> AppResult<Model> {
    let review = queries::in_scope(tx, scope, id).await?;
    review.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

/// A review in the scope that waits for a person.
async fn waiting(tx: &Tx, scope: &RegionScope, id: Uuid) -> AppResult<Model> {
    let review = found(tx, scope, id).await?;
    if review.queued_at.is_none() {
        return Err(ErrorCode::TextReviewClosed.into());
    }
    Ok(review)
}
