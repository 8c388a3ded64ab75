use actix_web::{delete, post};
use uuid::Uuid;

use super::edit::versioned;
use crate::features::articles::dto::{
    PublishArticle, RequestChanges, ScheduleArticle, StaffArticleView, SubmitArticle,
    WithdrawArticle,
};
use crate::features::articles::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppResult, IfMatch, Json, Path, Reply};

/// Hands the latest text in for review.
///
/// Every picture needs an alternative text, and what looks like personal data has to be acknowledged.
#[utoipa::path(tag = "articles", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffArticleView)), security(("staff" = ["article.edit"])))]
#[post("/staff/articles/{id}/submission")]
pub async fn submit_article(
    ctx: Ctx<perm::ArticleEdit>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<SubmitArticle>,
) -> AppResult<Reply> {
    versioned(&service::submit_article(&ctx, id.0, version.0, input.value).await?)
}

/// Takes a text back from review.
#[utoipa::path(tag = "articles", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffArticleView)), security(("staff" = ["article.edit"])))]
#[delete("/staff/articles/{id}/submission")]
pub async fn recall_article(
    ctx: Ctx<perm::ArticleEdit>,
    id: Path<Uuid>,
    version: IfMatch,
) -> AppResult<Reply> {
    versioned(&service::recall_article(&ctx, id.0, version.0).await?)
}

/// Gives a text back to its authors, with what is to be done. Not for whoever wrote any of it.
#[utoipa::path(tag = "articles", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffArticleView)), security(("staff" = ["article.review"])))]
#[post("/staff/articles/{id}/change-requests")]
pub async fn request_article_changes(
    ctx: Ctx<perm::ArticleReview>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<RequestChanges>,
) -> AppResult<Reply> {
    versioned(&service::request_article_changes(&ctx, id.0, version.0, input.value).await?)
}

/// Approves a text. Not for whoever wrote any of it.
#[utoipa::path(tag = "articles", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffArticleView)), security(("staff" = ["article.review"])))]
#[post("/staff/articles/{id}/approval")]
pub async fn approve_article(
    ctx: Ctx<perm::ArticleReview>,
    id: Path<Uuid>,
    version: IfMatch,
) -> AppResult<Reply> {
    versioned(&service::approve_article(&ctx, id.0, version.0).await?)
}

/// Sets when an approved text goes live, or another time. Not for who wrote or approved it.
#[utoipa::path(tag = "articles", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffArticleView)), security(("staff" = ["article.publish"])))]
#[post("/staff/articles/{id}/schedule")]
pub async fn schedule_article(
    ctx: Ctx<perm::ArticlePublish>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<ScheduleArticle>,
) -> AppResult<Reply> {
    versioned(&service::schedule_article(&ctx, id.0, version.0, input.value).await?)
}

/// Takes a text off the schedule; it stays approved.
#[utoipa::path(tag = "articles", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffArticleView)), security(("staff" = ["article.publish"])))]
#[delete("/staff/articles/{id}/schedule")]
pub async fn cancel_article_schedule(
    ctx: Ctx<perm::ArticlePublish>,
    id: Path<Uuid>,
    version: IfMatch,
) -> AppResult<Reply> {
    versioned(&service::cancel_article_schedule(&ctx, id.0, version.0).await?)
}

/// Publishes an approved text. Not for who wrote or approved it.
///
/// Where the article is public already this is a correction, and everybody reads the `note`.
#[utoipa::path(tag = "articles", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffArticleView)), security(("staff" = ["article.publish"])))]
#[post("/staff/articles/{id}/publication")]
pub async fn publish_article(
    ctx: Ctx<perm::ArticlePublish>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<PublishArticle>,
) -> AppResult<Reply> {
    versioned(&service::publish_article(&ctx, id.0, version.0, input.value).await?)
}

/// Takes an article from the public's sight. It may be published again after a new review.
#[utoipa::path(tag = "articles", responses((status = 200, body = StaffArticleView)), security(("staff" = ["article.publish"])))]
#[delete("/staff/articles/{id}/publication")]
pub async fn unpublish_article(ctx: Ctx<perm::ArticlePublish>, id: Path<Uuid>) -> AppResult<Reply> {
    versioned(&service::unpublish_article(&ctx, id.0).await?)
}

/// Withdraws an article for good; whoever asks for it reads the notice.
#[utoipa::path(tag = "articles", responses((status = 200, body = StaffArticleView)), security(("staff" = ["article.publish"])))]
#[post("/staff/articles/{id}/withdrawal")]
pub async fn withdraw_article(
    ctx: Ctx<perm::ArticlePublish>,
    id: Path<Uuid>,
    input: Json<WithdrawArticle>,
) -> AppResult<Reply> {
    versioned(&service::withdraw_article(&ctx, id.0, input.value).await?)
}
