use actix_web::{get, post};
use uuid::Uuid;

use super::dto::{DecideTextReview, TextReviewSummary, TextReviewView};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, Json, Path, Query, Reply};

/// What waits for a person's look, longest first.
#[utoipa::path(tag = "text reviews", params(PageQuery), responses((status = 200, body = Page<TextReviewSummary>)), security(("staff" = ["text.review"])))]
#[get("/staff/text-reviews")]
pub async fn list_text_reviews(
    ctx: Ctx<perm::TextReview>,
    page: Query<PageQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_text_reviews(&ctx, page.0).await?)
}

/// Claims a text for a while and shows it. The look is audited.
///
/// Claiming again what one has lengthens the while.
#[utoipa::path(tag = "text reviews", responses((status = 200, body = TextReviewView)), security(("staff" = ["text.review"])))]
#[post("/staff/text-reviews/{id}/claim")]
pub async fn claim_text_review(ctx: Ctx<perm::TextReview>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::claim_text_review(&ctx, id.0).await?)
}

/// Passes or rejects a text that one has claimed.
#[utoipa::path(tag = "text reviews", responses((status = 200, body = TextReviewSummary)), security(("staff" = ["text.review"])))]
#[post("/staff/text-reviews/{id}/decision")]
pub async fn decide_text_review(
    ctx: Ctx<perm::TextReview>,
    id: Path<Uuid>,
    input: Json<DecideTextReview>,
) -> AppResult<Reply> {
    Reply::ok(&service::decide_text_review(&ctx, id.0, input.value).await?)
}
