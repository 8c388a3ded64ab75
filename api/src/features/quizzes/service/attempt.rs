use std::collections::HashMap;

use chrono::TimeDelta;
use entity::attempt_answer;
use entity::quiz::{self, QuizStatus};
use entity::quiz_attempt::{self, AttemptStatus};
use sea_orm::{ConnectionTrait, Set};
use uuid::Uuid;

use crate::features::quizzes::dto::{
    AnswerItem, AnswerView, AttemptItemView, AttemptOptionView, AttemptResult, AttemptView,
    ItemResult,
};
use crate::features::quizzes::model::{Mark, Paper, is_over};
use crate::features::quizzes::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Tx, unique_violation};
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// Starts an attempt, or gives the open one back. Says whether it is new.
pub async fn start_attempt(
    ctx: &Ctx<perm::QuizAnswer>,
    quiz_id: Uuid,
) -> AppResult<(bool, AttemptView)> {
    match try_start(ctx, quiz_id).await? {
        Some(started) => Ok(started),
        // Another tab started one at the same moment; it is there now.
        None => try_start(ctx, quiz_id)
            .await?
            .ok_or_else(|| AppError::internal("an attempt neither exists nor can be made")),
    }
}

async fn try_start(
    ctx: &Ctx<perm::QuizAnswer>,
    quiz_id: Uuid,
) -> AppResult<Option<(bool, AttemptView)>> {
    let account_id = ctx.actor.account_id;
    let tx = ctx.begin().await?;
    let quiz = queries::by_id(&tx, quiz_id).await?;
    let quiz = quiz
        .filter(|quiz| quiz.status == QuizStatus::Published)
        .ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let last = queries::last_attempt(&tx, quiz_id, account_id).await?;
    let attempt_no = last.as_ref().map_or(1, |last| last.attempt_no + 1);
    if let Some(open) = last.filter(|last| last.status == AttemptStatus::InProgress) {
        if !is_over(open.deadline_at, ctx.now) {
            let view = view(&tx, &open).await?;
            tx.commit().await?;
            return Ok(Some((false, view)));
        }
        close(&tx, &open, AttemptStatus::Expired).await?;
    }
    if quiz.attempts_allowed.is_some_and(|allowed| attempt_no > allowed) {
        // The expired attempt stays closed.
        tx.commit().await?;
        return Err(ErrorCode::AttemptLimitReached.into());
    }
    let items = queries::items(&tx, quiz_id).await?;
    let paper = Paper::draw(items, ctx.app.ids.seed());
    let row = new_attempt(&tx, &quiz, account_id, attempt_no, &paper)?;
    match queries::insert_attempt(&tx, row).await {
        Ok(attempt) => {
            let view = view(&tx, &attempt).await?;
            tx.commit().await?;
            Ok(Some((true, view)))
        }
        Err(cause) if unique_violation(&cause) => Ok(None),
        Err(cause) => Err(cause.into()),
    }
}

fn new_attempt(
    tx: &Tx,
    quiz: &quiz::Model,
    account_id: Uuid,
    attempt_no: i32,
    paper: &Paper,
) -> AppResult<quiz_attempt::ActiveModel> {
    let limit = quiz.time_limit_secs.map(|secs| TimeDelta::seconds(i64::from(secs)));
    Ok(quiz_attempt::ActiveModel {
        id: Set(tx.new_id()),
        quiz_id: Set(quiz.id),
        account_id: Set(account_id),
        attempt_no: Set(attempt_no),
        status: Set(AttemptStatus::InProgress),
        paper: Set(queries::paper_json(paper)?),
        points: Set(None),
        max_points: Set(paper.max_points()),
        started_at: Set(tx.now()),
        deadline_at: Set(limit.map(|limit| tx.now() + limit)),
        submitted_at: Set(None),
    })
}

pub async fn get_attempt(ctx: &Ctx<perm::QuizAnswer>, id: Uuid) -> AppResult<AttemptView> {
    let attempt = queries::attempt(&ctx.app.db, ctx.actor.account_id, id).await?;
    let attempt = attempt.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    if attempt.status == AttemptStatus::InProgress && is_over(attempt.deadline_at, ctx.now) {
        return submit_attempt(ctx, id).await;
    }
    view(&ctx.app.db, &attempt).await
}

pub async fn answer_item(
    ctx: &Ctx<perm::QuizAnswer>,
    attempt_id: Uuid,
    item_id: Uuid,
    input: AnswerItem,
) -> AppResult<AnswerView> {
    let not_found = || AppError::new(ErrorCode::NotFound);
    let tx = ctx.begin().await?;
    let attempt = queries::locked_attempt(&tx, ctx.actor.account_id, attempt_id).await?;
    let attempt = attempt.ok_or_else(not_found)?;
    if attempt.status != AttemptStatus::InProgress || is_over(attempt.deadline_at, ctx.now) {
        return Err(ErrorCode::AttemptClosed.into());
    }
    let paper = paper(&attempt)?;
    paper.item(item_id).ok_or_else(not_found)?.check_choices(&input.choices)?;
    let row = attempt_answer::ActiveModel {
        attempt_id: Set(attempt_id),
        item_id: Set(item_id),
        choices: Set(serde_json::to_value(&input.choices).map_err(AppError::internal)?),
        seq: Set(input.seq),
        answered_at: Set(ctx.now),
        is_correct: Set(None),
        points: Set(None),
    };
    if !queries::upsert_answer(&tx, row, input.seq).await? {
        return Err(ErrorCode::AnswerOutdated.into());
    }
    tx.commit().await?;
    Ok(AnswerView { item_id, choices: input.choices, seq: input.seq })
}

/// Closes and scores an attempt; once closed, tells the same result again.
pub async fn submit_attempt(ctx: &Ctx<perm::QuizAnswer>, id: Uuid) -> AppResult<AttemptView> {
    let account_id = ctx.actor.account_id;
    let tx = ctx.begin().await?;
    let attempt = queries::locked_attempt(&tx, account_id, id).await?;
    let attempt = attempt.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    if attempt.status == AttemptStatus::InProgress {
        let is_late = is_over(attempt.deadline_at, ctx.now);
        let status = if is_late { AttemptStatus::Expired } else { AttemptStatus::Submitted };
        close(&tx, &attempt, status).await?;
    }
    let closed = queries::attempt(&tx, account_id, id).await?;
    let view = view(&tx, &closed.ok_or_else(|| AppError::new(ErrorCode::NotFound))?).await?;
    tx.commit().await?;
    Ok(view)
}

pub(super) async fn close(
    tx: &Tx,
    attempt: &quiz_attempt::Model,
    status: AttemptStatus,
) -> AppResult<()> {
    let answers = chosen(tx, attempt.id).await?;
    let marks = paper(attempt)?.mark(&answers);
    let points = marks.iter().map(|mark| mark.points).sum();
    queries::mark_answers(tx, attempt.id, &marks).await?;
    queries::close_attempt(tx, attempt.id, status, points, tx.now()).await?;
    Ok(())
}

async fn chosen(
    conn: &impl ConnectionTrait,
    attempt_id: Uuid,
) -> AppResult<HashMap<Uuid, Vec<String>>> {
    let rows = queries::answers(conn, attempt_id).await?;
    let parse = |row: attempt_answer::Model| {
        let choices = serde_json::from_value(row.choices).map_err(AppError::internal)?;
        Ok((row.item_id, choices))
    };
    rows.into_iter().map(parse).collect()
}

fn paper(attempt: &quiz_attempt::Model) -> AppResult<Paper> {
    serde_json::from_value(attempt.paper.clone()).map_err(AppError::internal)
}

/// The one place where a paper becomes a reply: without its key until the attempt is closed.
async fn view(
    conn: &impl ConnectionTrait,
    attempt: &quiz_attempt::Model,
) -> AppResult<AttemptView> {
    let paper = paper(attempt)?;
    let mut answers = chosen(conn, attempt.id).await?;
    let is_closed = attempt.status != AttemptStatus::InProgress;
    let result = is_closed.then(|| result(attempt, &paper, &paper.mark(&answers)));
    let items = paper.items.into_iter().map(|item| AttemptItemView {
        choices: answers.remove(&item.id).unwrap_or_default(),
        id: item.id,
        kind: item.kind,
        stem: item.stem,
        points: item.points,
        options: item
            .options
            .into_iter()
            .map(|option| AttemptOptionView { id: option.id, text: option.text })
            .collect(),
    });
    Ok(AttemptView {
        id: attempt.id,
        quiz_id: attempt.quiz_id,
        status: attempt.status,
        started_at: attempt.started_at,
        deadline_at: attempt.deadline_at,
        items: items.collect(),
        result,
    })
}

fn result(attempt: &quiz_attempt::Model, paper: &Paper, marks: &[Mark]) -> AttemptResult {
    let items = paper.items.iter().zip(marks).map(|(item, mark)| ItemResult {
        id: item.id,
        is_correct: mark.is_correct,
        points: mark.points,
        correct: item.key().into_iter().map(str::to_owned).collect(),
        explanation: item.explanation.clone(),
    });
    AttemptResult {
        points: attempt.points.unwrap_or_default(),
        max_points: attempt.max_points,
        submitted_at: attempt.submitted_at,
        items: items.collect(),
    }
}
