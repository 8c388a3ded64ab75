use actix_web::{HttpRequest, HttpResponse, get, post, put};
use uuid::Uuid;

use super::dto::{
    AnswerItem, AnswerView, AttemptView, QuizView, StaffQuizSummary, StaffQuizView, WriteQuiz,
};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, IfMatch, Json, Path, Query, Reply, cached};

/// Published quizzes, newest first.
#[utoipa::path(tag = "quizzes", params(PageQuery), responses((status = 200, body = Page<QuizView>), (status = 304)))]
#[get("/quizzes")]
pub async fn list_quizzes(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    page: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::list_quizzes(&ctx, page.0).await?.as_ref()))
}

/// One published quiz, without its questions.
#[utoipa::path(tag = "quizzes", responses((status = 200, body = QuizView), (status = 304)))]
#[get("/quizzes/{id}")]
pub async fn get_quiz(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    id: Path<Uuid>,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::get_quiz(&ctx, id.0).await?.as_ref()))
}

/// Starts an attempt (201), or gives the open one back (200).
#[utoipa::path(tag = "quizzes", responses((status = 201, body = AttemptView), (status = 200, body = AttemptView)), security(("resident" = ["quiz.answer"])))]
#[post("/quizzes/{id}/attempts")]
pub async fn start_attempt(ctx: Ctx<perm::QuizAnswer>, id: Path<Uuid>) -> AppResult<Reply> {
    let (is_new, view) = service::start_attempt(&ctx, id.0).await?;
    Reply::json(if is_new { 201 } else { 200 }, &view)
}

/// One's own attempt: its questions and what has been chosen; the result once it is closed.
#[utoipa::path(tag = "quizzes", responses((status = 200, body = AttemptView)), security(("resident" = ["quiz.answer"])))]
#[get("/attempts/{id}")]
pub async fn get_attempt(ctx: Ctx<perm::QuizAnswer>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::get_attempt(&ctx, id.0).await?)
}

/// Answers one question, or changes the answer with a higher `seq`.
#[utoipa::path(tag = "quizzes", params(("id" = Uuid, Path), ("item_id" = Uuid, Path)), responses((status = 200, body = AnswerView)), security(("resident" = ["quiz.answer"])))]
#[put("/attempts/{id}/answers/{item_id}")]
pub async fn answer_item(
    ctx: Ctx<perm::QuizAnswer>,
    ids: Path<(Uuid, Uuid)>,
    input: Json<AnswerItem>,
) -> AppResult<Reply> {
    let (attempt_id, item_id) = ids.0;
    Reply::ok(&service::answer_item(&ctx, attempt_id, item_id, input.value).await?)
}

/// Closes the attempt and scores it. Once closed, tells the same result again.
#[utoipa::path(tag = "quizzes", responses((status = 200, body = AttemptView)), security(("resident" = ["quiz.answer"])))]
#[post("/attempts/{id}/submission")]
pub async fn submit_attempt(ctx: Ctx<perm::QuizAnswer>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::submit_attempt(&ctx, id.0).await?)
}

/// Quizzes in any status, newest first.
#[utoipa::path(tag = "quizzes", params(PageQuery), responses((status = 200, body = Page<StaffQuizSummary>)), security(("staff" = ["quiz.edit"])))]
#[get("/staff/quizzes")]
pub async fn list_staff_quizzes(
    ctx: Ctx<perm::QuizEdit>,
    page: Query<PageQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_staff_quizzes(&ctx, page.0).await?)
}

/// Begins a draft with its questions and key.
#[utoipa::path(tag = "quizzes", responses((status = 201, body = StaffQuizView)), security(("staff" = ["quiz.edit"])))]
#[post("/staff/quizzes")]
pub async fn create_quiz(ctx: Ctx<perm::QuizEdit>, input: Json<WriteQuiz>) -> AppResult<Reply> {
    let view = service::create_quiz(&ctx, input.value).await?;
    Ok(Reply::json(201, &view)?.versioned(view.summary.version))
}

/// One quiz with its questions and key.
#[utoipa::path(tag = "quizzes", responses((status = 200, body = StaffQuizView)), security(("staff" = ["quiz.edit"])))]
#[get("/staff/quizzes/{id}")]
pub async fn get_staff_quiz(ctx: Ctx<perm::QuizEdit>, id: Path<Uuid>) -> AppResult<Reply> {
    versioned(&service::get_staff_quiz(&ctx, id.0).await?)
}

/// Replaces a draft; `If-Match` names the version it started from.
#[utoipa::path(tag = "quizzes", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffQuizView)), security(("staff" = ["quiz.edit"])))]
#[put("/staff/quizzes/{id}")]
pub async fn update_quiz(
    ctx: Ctx<perm::QuizEdit>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<WriteQuiz>,
) -> AppResult<Reply> {
    versioned(&service::update_quiz(&ctx, id.0, version.0, input.value).await?)
}

/// Opens a draft to residents. Its questions are fixed from now on.
#[utoipa::path(tag = "quizzes", responses((status = 200, body = StaffQuizView)), security(("staff" = ["quiz.edit"])))]
#[post("/staff/quizzes/{id}/publication")]
pub async fn publish_quiz(ctx: Ctx<perm::QuizEdit>, id: Path<Uuid>) -> AppResult<Reply> {
    versioned(&service::publish_quiz(&ctx, id.0).await?)
}

/// Ends a quiz: no new attempts; open ones may be finished.
#[utoipa::path(tag = "quizzes", responses((status = 200, body = StaffQuizView)), security(("staff" = ["quiz.edit"])))]
#[post("/staff/quizzes/{id}/closure")]
pub async fn close_quiz(ctx: Ctx<perm::QuizEdit>, id: Path<Uuid>) -> AppResult<Reply> {
    versioned(&service::close_quiz(&ctx, id.0).await?)
}

fn versioned(view: &StaffQuizView) -> AppResult<Reply> {
    Ok(Reply::ok(view)?.versioned(view.summary.version))
}
