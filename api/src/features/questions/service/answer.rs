use entity::notification::NotificationKind;
use entity::question::{ActiveModel, Model, QuestionStatus};
use sea_orm::{ConnectionTrait, Set};
use uuid::Uuid;

use super::view::staff_view;
use super::{ANSWER, LAST_ANSWER, refuse_rejected_text, seal};
use crate::features::notifications::service::notify;
use crate::features::questions::dto::{AnswerQuestion, StaffQuestionView};
use crate::features::questions::model::{QuestionAction, next};
use crate::features::questions::{policy, queries};
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// Takes a question that nobody has. Claiming again what one has changes nothing.
///
/// # Errors
/// `question_claimed`, `question_decided`, `question_text_rejected`
pub async fn claim_question(
    ctx: &Ctx<perm::QuestionAnswer>,
    id: Uuid,
) -> AppResult<StaffQuestionView> {
    let me = ctx.actor.staff_id;
    let tx = ctx.begin().await?;
    let before = found(ctx, &tx, id).await?;
    next(&before, QuestionAction::Claim).ok_or_else(decided)?;
    refuse_rejected_text(&ctx.app, &tx, &before).await?;
    if before.assignee_id != Some(me) && !queries::claim(&tx, id, me, ctx.now).await? {
        return Err(ErrorCode::QuestionClaimed.into());
    }
    let row = found(ctx, &tx, id).await?;
    tx.audit_change("question.claim", "question", id, &before, &row, None).await?;
    let view = staff_view(&ctx.app, &tx, &row, ctx.now).await?;
    tx.commit().await?;
    Ok(view)
}

/// Answers a question that one has, or what its asker wants to know beyond the answer.
///
/// # Errors
/// `stale_version`, `question_decided`, `question_not_claimed`, `question_text_rejected`
pub async fn answer_question(
    ctx: &Ctx<perm::QuestionAnswer>,
    id: Uuid,
    version: i32,
    input: AnswerQuestion,
) -> AppResult<StaffQuestionView> {
    let me = ctx.actor.staff_id;
    let scope = policy::scope::<perm::QuestionAnswer>(&ctx.actor);
    let mut tx = ctx.begin().await?;
    // Locked, as what everybody reads of it must not be taken back meanwhile.
    let before = queries::locked_in_scope(&tx, &scope, id).await?;
    let before = before.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    if before.version != version {
        return Err(ErrorCode::StaleVersion.into());
    }
    let to = next(&before, QuestionAction::Answer).ok_or_else(decided)?;
    if before.assignee_id != Some(me) {
        return Err(ErrorCode::QuestionNotClaimed.into());
    }
    refuse_rejected_text(&ctx.app, &tx, &before).await?;
    let is_public = queries::faq_of(&tx, id).await?.is_some();
    let status = Set(if is_public { QuestionStatus::Published } else { to });
    let changes = if before.followed_up_at.is_some() {
        ActiveModel {
            status,
            follow_up_answer_cipher: Set(Some(seal(&ctx.app, LAST_ANSWER, &input.text)?)),
            follow_up_answered_by: Set(Some(me)),
            follow_up_answered_at: Set(Some(ctx.now)),
            ..ActiveModel::default()
        }
    } else {
        ActiveModel {
            status,
            answer_cipher: Set(Some(seal(&ctx.app, ANSWER, &input.text)?)),
            answered_by: Set(Some(me)),
            answered_at: Set(Some(ctx.now)),
            ..ActiveModel::default()
        }
    };
    if !queries::change(&tx, &before, changes, ctx.now).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    notify(&ctx.app, &mut tx, before.account_id, NotificationKind::QuestionAnswered, id).await?;
    let row = found(ctx, &tx, id).await?;
    tx.audit_change("question.answer", "question", id, &before, &row, None).await?;
    let view = staff_view(&ctx.app, &tx, &row, ctx.now).await?;
    tx.commit().await?;
    Ok(view)
}

fn decided() -> AppError {
    ErrorCode::QuestionDecided.into()
}

async fn found(
    ctx: &Ctx<perm::QuestionAnswer>,
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> AppResult<Model> {
    let scope = policy::scope::<perm::QuestionAnswer>(&ctx.actor);
    let row = queries::in_scope(conn, &scope, id).await?;
    row.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}
