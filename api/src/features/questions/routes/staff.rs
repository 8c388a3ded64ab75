use actix_web::{get, post};
use uuid::Uuid;

use crate::features::questions::dto::{
    AnswerQuestion, AssignQuestion, RejectQuestion, StaffQuestionFilter, StaffQuestionSummary,
    StaffQuestionView,
};
use crate::features::questions::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{AppResult, IfMatch, Json, Path, Query, Reply};

/// Questions of one's regions and institutions, longest waiting first, without their words.
#[utoipa::path(tag = "questions", params(StaffQuestionFilter), responses((status = 200, body = Page<StaffQuestionSummary>)), security(("staff" = ["question.read"])))]
#[get("/staff/questions")]
pub async fn list_staff_questions(
    ctx: Ctx<perm::QuestionRead>,
    filter: Query<StaffQuestionFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_staff_questions(&ctx, filter.0).await?)
}

/// One question of one's regions or institutions. The look is audited.
#[utoipa::path(tag = "questions", responses((status = 200, body = StaffQuestionView)), security(("staff" = ["question.read"])))]
#[get("/staff/questions/{id}")]
pub async fn get_staff_question(ctx: Ctx<perm::QuestionRead>, id: Path<Uuid>) -> AppResult<Reply> {
    versioned(&service::get_staff_question(&ctx, id.0).await?)
}

/// Gives a question to an expert or an institution, or to whoever may answer and claims it.
#[utoipa::path(tag = "questions", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffQuestionView)), security(("staff" = ["question.triage"])))]
#[post("/staff/questions/{id}/assignment")]
pub async fn assign_question(
    ctx: Ctx<perm::QuestionTriage>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<AssignQuestion>,
) -> AppResult<Reply> {
    versioned(&service::assign_question(&ctx, id.0, version.0, input.value).await?)
}

/// Does not answer a question, for one of a few reasons.
#[utoipa::path(tag = "questions", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffQuestionView)), security(("staff" = ["question.triage"])))]
#[post("/staff/questions/{id}/rejection")]
pub async fn reject_question(
    ctx: Ctx<perm::QuestionTriage>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<RejectQuestion>,
) -> AppResult<Reply> {
    versioned(&service::reject_question(&ctx, id.0, version.0, input.value).await?)
}

/// Tells the asker to file a complaint instead.
#[utoipa::path(tag = "questions", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffQuestionView)), security(("staff" = ["question.triage"])))]
#[post("/staff/questions/{id}/redirection")]
pub async fn redirect_question(
    ctx: Ctx<perm::QuestionTriage>,
    id: Path<Uuid>,
    version: IfMatch,
) -> AppResult<Reply> {
    versioned(&service::redirect_question(&ctx, id.0, version.0).await?)
}

/// Takes a triaged question that nobody has.
#[utoipa::path(tag = "questions", responses((status = 200, body = StaffQuestionView)), security(("staff" = ["question.answer"])))]
#[post("/staff/questions/{id}/claim")]
pub async fn claim_question(ctx: Ctx<perm::QuestionAnswer>, id: Path<Uuid>) -> AppResult<Reply> {
    versioned(&service::claim_question(&ctx, id.0).await?)
}

/// Answers a question that one has, or its follow-up.
#[utoipa::path(tag = "questions", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffQuestionView)), security(("staff" = ["question.answer"])))]
#[post("/staff/questions/{id}/answer")]
pub async fn answer_question(
    ctx: Ctx<perm::QuestionAnswer>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<AnswerQuestion>,
) -> AppResult<Reply> {
    versioned(&service::answer_question(&ctx, id.0, version.0, input.value).await?)
}

fn versioned(view: &StaffQuestionView) -> AppResult<Reply> {
    Ok(Reply::ok(view)?.versioned(view.summary.version))
}
