use actix_web::{HttpRequest, HttpResponse, get, post, put};
use uuid::Uuid;

use crate::features::questions::dto::{
    CorrectFaq, FaqFilter, FaqSummary, FaqView, PublishFaq, StaffFaqFilter, StaffFaqView,
    WithdrawFaq,
};
use crate::features::questions::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{AppResult, IfMatch, Json, Path, Query, Reply, cached};

/// Published questions and answers, newest first.
#[utoipa::path(tag = "questions", params(FaqFilter), responses((status = 200, body = Page<FaqSummary>), (status = 304)))]
#[get("/faqs")]
pub async fn list_faqs(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    filter: Query<FaqFilter>,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::list_faqs(&ctx, filter.0).await?.as_ref()))
}

/// One published question with its answer; 410 when it was taken back.
#[utoipa::path(tag = "questions", responses((status = 200, body = FaqView), (status = 304)))]
#[get("/faqs/{id}")]
pub async fn get_faq(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    id: Path<Uuid>,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::get_faq(&ctx, id.0).await?.as_ref()))
}

/// What was published, also what was taken back.
#[utoipa::path(tag = "questions", params(StaffFaqFilter), responses((status = 200, body = Page<StaffFaqView>)), security(("staff" = ["question.publish"])))]
#[get("/staff/faqs")]
pub async fn list_staff_faqs(
    ctx: Ctx<perm::QuestionPublish>,
    filter: Query<StaffFaqFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_staff_faqs(&ctx, filter.0).await?)
}

/// Publishes an answered question, written anew by somebody who did not answer it.
#[utoipa::path(tag = "questions", responses((status = 201, body = StaffFaqView)), security(("staff" = ["question.publish"])))]
#[post("/staff/faqs")]
pub async fn publish_faq(
    ctx: Ctx<perm::QuestionPublish>,
    input: Json<PublishFaq>,
) -> AppResult<Reply> {
    let view = service::publish_faq(&ctx, input.value).await?;
    Ok(Reply::json(201, &view)?.versioned(view.version))
}

/// One entry in any state.
#[utoipa::path(tag = "questions", responses((status = 200, body = StaffFaqView)), security(("staff" = ["question.publish"])))]
#[get("/staff/faqs/{id}")]
pub async fn get_staff_faq(ctx: Ctx<perm::QuestionPublish>, id: Path<Uuid>) -> AppResult<Reply> {
    versioned(&service::get_staff_faq(&ctx, id.0).await?)
}

/// Replaces the words of a published entry; everybody sees that it was corrected.
#[utoipa::path(tag = "questions", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffFaqView)), security(("staff" = ["question.publish"])))]
#[put("/staff/faqs/{id}")]
pub async fn correct_faq(
    ctx: Ctx<perm::QuestionPublish>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<CorrectFaq>,
) -> AppResult<Reply> {
    versioned(&service::correct_faq(&ctx, id.0, version.0, input.value).await?)
}

/// Takes an entry back.
#[utoipa::path(tag = "questions", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffFaqView)), security(("staff" = ["question.publish"])))]
#[post("/staff/faqs/{id}/withdrawal")]
pub async fn withdraw_faq(
    ctx: Ctx<perm::QuestionPublish>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<WithdrawFaq>,
) -> AppResult<Reply> {
    versioned(&service::withdraw_faq(&ctx, id.0, version.0, input.value).await?)
}

fn versioned(view: &StaffFaqView) -> AppResult<Reply> {
    Ok(Reply::ok(view)?.versioned(view.version))
}
