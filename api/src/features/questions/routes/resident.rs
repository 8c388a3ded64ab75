use actix_web::{get, post, put};
use uuid::Uuid;

use crate::features::questions::dto::{
    AskQuestion, FollowUpQuestion, QuestionFilter, QuestionSummary, QuestionView, RateAnswer,
};
use crate::features::questions::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{AppResult, IdempotencyKey, Json, Path, Query, Reply};

/// Asks the experts.
///
/// Send an `Idempotency-Key`: a repeated request with the same key gets the same answer.
#[utoipa::path(tag = "questions", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = QuestionView)), security(("resident" = ["question.use"])))]
#[post("/questions")]
pub async fn ask_question(
    ctx: Ctx<perm::QuestionUse>,
    key: IdempotencyKey,
    input: Json<AskQuestion>,
) -> AppResult<Reply> {
    service::ask_question(&ctx, &key, &input.digest, input.value).await
}

/// One's own questions, newest first.
#[utoipa::path(tag = "questions", params(QuestionFilter), responses((status = 200, body = Page<QuestionSummary>)), security(("resident" = ["question.use"])))]
#[get("/questions")]
pub async fn list_questions(
    ctx: Ctx<perm::QuestionUse>,
    filter: Query<QuestionFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_questions(&ctx, filter.0).await?)
}

/// One of one's own questions with its answers.
#[utoipa::path(tag = "questions", responses((status = 200, body = QuestionView)), security(("resident" = ["question.use"])))]
#[get("/questions/{id}")]
pub async fn get_question(ctx: Ctx<perm::QuestionUse>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::get_question(&ctx, id.0).await?)
}

/// Asks once more about an answer; one follow-up a question.
///
/// Send an `Idempotency-Key`: a repeated request with the same key gets the same answer.
#[utoipa::path(tag = "questions", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = QuestionView)), security(("resident" = ["question.use"])))]
#[post("/questions/{id}/follow-up")]
pub async fn follow_up_question(
    ctx: Ctx<perm::QuestionUse>,
    key: IdempotencyKey,
    id: Path<Uuid>,
    input: Json<FollowUpQuestion>,
) -> AppResult<Reply> {
    service::follow_up_question(&ctx, &key, &input.digest, id.0, input.value).await
}

/// Says how good the answer is, from 1 to 5; saying otherwise later replaces it.
#[utoipa::path(tag = "questions", responses((status = 200, body = QuestionView)), security(("resident" = ["question.use"])))]
#[put("/questions/{id}/rating")]
pub async fn rate_answer(
    ctx: Ctx<perm::QuestionUse>,
    id: Path<Uuid>,
    input: Json<RateAnswer>,
) -> AppResult<Reply> {
    Reply::ok(&service::rate_answer(&ctx, id.0, input.value).await?)
}
