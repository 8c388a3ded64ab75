use entity::notification::NotificationKind;
use entity::question::{ActiveModel, Model, QuestionStatus};
use entity::text_review::ReviewStatus;
use sea_orm::Set;
use serde_json::json;
use uuid::Uuid;

use super::refuse_rejected_text;
use super::view::staff_view;
use crate::features::notifications::service::notify;
use crate::features::questions::dto::{
    AssignQuestion, RejectQuestion, StaffQuestionFilter, StaffQuestionSummary, StaffQuestionView,
};
use crate::features::questions::model::{QuestionAction, next};
use crate::features::questions::policy::{self, covers};
use crate::features::questions::queries::{self, Search};
use crate::platform::auth::{Ctx, Staff, grants_of, perm};
use crate::platform::clock::local_date;
use crate::platform::db::{Page, Tx};
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

pub async fn list_staff_questions(
    ctx: &Ctx<perm::QuestionRead>,
    filter: StaffQuestionFilter,
) -> AppResult<Page<StaffQuestionSummary>> {
    let (cursor, limit) = filter.page().parse()?;
    let search = Search {
        status: filter.status,
        product_class: filter.product_class,
        region: filter.region,
        due_before: filter.overdue.unwrap_or_default().then(|| local_date(ctx.now)),
        assignee_id: filter.mine.unwrap_or_default().then_some(ctx.actor.staff_id),
    };
    let scope = policy::scope::<perm::QuestionRead>(&ctx.actor);
    let rows = queries::staff_page(&ctx.app.db, &scope, search, cursor, limit).await?;
    let key = |row: &Model| (row.asked_at, row.id);
    Ok(Page::build(rows, limit, key, |row| StaffQuestionSummary::of(&row, ctx.now)))
}

/// Shows what somebody tells of themselves, so the look is audited.
///
/// # Errors
/// `question_text_rejected` for an expert or an editor: triage alone deals with it.
pub async fn get_staff_question(
    ctx: &Ctx<perm::QuestionRead>,
    id: Uuid,
) -> AppResult<StaffQuestionView> {
    let scope = policy::scope::<perm::QuestionRead>(&ctx.actor);
    let tx = ctx.begin().await?;
    let row = queries::in_scope(&tx, &scope, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let view = staff_view(&ctx.app, &tx, &row, ctx.now).await?;
    let is_rejected = view.text_review == Some(ReviewStatus::Rejected);
    if is_rejected && !ctx.actor.may::<perm::QuestionTriage>() {
        return Err(ErrorCode::QuestionTextRejected.into());
    }
    tx.audit("question.read", "question", id, None).await?;
    tx.commit().await?;
    Ok(view)
}

/// Gives a question to an expert, or to whoever may answer it.
///
/// # Errors
/// `stale_version`, `question_decided`, `question_text_rejected`; `validation_failed` for an expert who
/// may not answer it.
pub async fn assign_question(
    ctx: &Ctx<perm::QuestionTriage>,
    id: Uuid,
    version: i32,
    input: AssignQuestion,
) -> AppResult<StaffQuestionView> {
    let mut tx = ctx.begin().await?;
    let (before, to) = begin(ctx, &tx, id, version, QuestionAction::Assign).await?;
    refuse_rejected_text(&ctx.app, &tx, &before).await?;
    if let Some(lab_id) = input.lab_id
        && !queries::is_lab(&tx, lab_id).await?
    {
        return Err(FieldError::new("lab_id", "unknown_value", "没有这个机构").into());
    }
    if let Some(expert) = input.assignee_id {
        require_expert(&tx, expert, &before, input.lab_id).await?;
    }
    let changes = ActiveModel {
        status: Set(to),
        lab_id: Set(input.lab_id),
        assignee_id: Set(input.assignee_id),
        triaged_by: Set(Some(ctx.actor.staff_id)),
        triaged_at: Set(Some(ctx.now)),
        ..ActiveModel::default()
    };
    if before.status == QuestionStatus::Asked {
        notify(&ctx.app, &mut tx, before.account_id, NotificationKind::QuestionTriaged, id).await?;
    }
    let details = json!({ "assignee_id": input.assignee_id, "lab_id": input.lab_id });
    finish(ctx, tx, &before, changes, "question.assign", details).await
}

async fn require_expert(
    tx: &Tx,
    id: Uuid,
    question: &Model,
    lab_id: Option<Uuid>,
) -> AppResult<()> {
    let refused = || FieldError::new("assignee_id", "unknown_value", "该人员不能答复此咨询");
    if !queries::is_active_staff(tx, id).await? {
        return Err(refused().into());
    }
    let grants = grants_of(tx, [id]).await?.into_iter().map(|(_, grant)| grant).collect();
    let expert = Staff { staff_id: id, session_id: Uuid::nil(), grants, restriction: None };
    let scope = policy::scope::<perm::QuestionAnswer>(&expert);
    if !expert.may::<perm::QuestionAnswer>()
        || !covers(&scope, question.region_code.as_deref(), lab_id)
    {
        return Err(refused().into());
    }
    Ok(())
}

pub async fn reject_question(
    ctx: &Ctx<perm::QuestionTriage>,
    id: Uuid,
    version: i32,
    input: RejectQuestion,
) -> AppResult<StaffQuestionView> {
    let mut tx = ctx.begin().await?;
    let (before, to) = begin(ctx, &tx, id, version, QuestionAction::Reject).await?;
    let changes = ActiveModel {
        status: Set(to),
        rejection: Set(Some(input.reason)),
        triaged_by: Set(Some(ctx.actor.staff_id)),
        triaged_at: Set(Some(ctx.now)),
        ..ActiveModel::default()
    };
    notify(&ctx.app, &mut tx, before.account_id, NotificationKind::QuestionRejected, id).await?;
    let details = json!({ "reason": input.reason });
    finish(ctx, tx, &before, changes, "question.reject", details).await
}

/// Tells the asker to file a complaint: what is asked is for an authority to decide.
pub async fn redirect_question(
    ctx: &Ctx<perm::QuestionTriage>,
    id: Uuid,
    version: i32,
) -> AppResult<StaffQuestionView> {
    let mut tx = ctx.begin().await?;
    let (before, to) = begin(ctx, &tx, id, version, QuestionAction::Redirect).await?;
    let changes = ActiveModel {
        status: Set(to),
        triaged_by: Set(Some(ctx.actor.staff_id)),
        triaged_at: Set(Some(ctx.now)),
        ..ActiveModel::default()
    };
    notify(&ctx.app, &mut tx, before.account_id, NotificationKind::QuestionRedirected, id).await?;
    finish(ctx, tx, &before, changes, "question.redirect", json!({ "to": "complaint" })).await
}

/// The question as it was seen, and where the action leads.
async fn begin(
    ctx: &Ctx<perm::QuestionTriage>,
    tx: &Tx,
    id: Uuid,
    version: i32,
    action: QuestionAction,
) -> AppResult<(Model, QuestionStatus)> {
    let scope = policy::scope::<perm::QuestionTriage>(&ctx.actor);
    let row = queries::in_scope(tx, &scope, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    if row.version != version {
        return Err(ErrorCode::StaleVersion.into());
    }
    let to = next(&row, action).ok_or_else(|| AppError::new(ErrorCode::QuestionDecided))?;
    Ok((row, to))
}

async fn finish(
    ctx: &Ctx<perm::QuestionTriage>,
    tx: Tx,
    before: &Model,
    changes: ActiveModel,
    action: &str,
    details: serde_json::Value,
) -> AppResult<StaffQuestionView> {
    if !queries::change(&tx, before, changes, ctx.now).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    let scope = policy::scope::<perm::QuestionTriage>(&ctx.actor);
    let row = queries::in_scope(&tx, &scope, before.id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    tx.audit_change(action, "question", row.id, before, &row, Some(details)).await?;
    let view = staff_view(&ctx.app, &tx, &row, ctx.now).await?;
    tx.commit().await?;
    Ok(view)
}
