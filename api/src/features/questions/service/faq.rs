use std::sync::Arc;

use entity::faq::{ActiveModel, FaqStatus, Model};
use entity::lab_capability::ProductClass;
use entity::notification::NotificationKind;
use entity::question;
use entity::search_document::DocumentKind;
use sea_orm::{ConnectionTrait, Set};
use serde_json::json;
use uuid::Uuid;

use super::index::document;
use super::refuse_rejected_text;
use crate::app::App;
use crate::features::notifications::service::notify;
use crate::features::questions::dto::{
    CorrectFaq, FaqFilter, FaqSummary, FaqView, PublishFaq, StaffFaqFilter, StaffFaqView,
    WithdrawFaq,
};
use crate::features::questions::model::{QuestionAction, next};
use crate::features::questions::{policy, queries};
use crate::features::search::service as search;
use crate::platform::auth::{Ctx, perm};
use crate::platform::cache::{CachedPage, PageKey};
use crate::platform::db::{Page, Tx, unique_violation};
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

const ONE: &str = "faq";
const LIST: &str = "faqs";

pub async fn list_faqs(ctx: &Ctx<perm::Public>, filter: FaqFilter) -> AppResult<Arc<CachedPage>> {
    let (cursor, limit) = filter.page().parse()?;
    let class = filter.product_class;
    let word = class.map(ProductClass::as_str).unwrap_or_default();
    let place = filter.cursor.as_deref().unwrap_or_default();
    let argument = format!("{word}|{limit}|{place}");
    let page = ctx.app.pages.get(PageKey::new(LIST, argument), async || {
        let rows = queries::published_faqs(&ctx.app.db, class, cursor, limit).await?;
        let key = |row: &Model| (row.published_at, row.id);
        Ok(Page::build(rows, limit, key, |row| FaqSummary::of(&row)))
    });
    page.await
}

/// # Errors
/// `faq_withdrawn` (410) for what was taken back.
pub async fn get_faq(ctx: &Ctx<perm::Public>, id: Uuid) -> AppResult<Arc<CachedPage>> {
    let page = ctx.app.pages.get(PageKey::new(ONE, id.simple().to_string()), async || {
        let row = load(&ctx.app.db, id).await?;
        match row.status {
            FaqStatus::Published => Ok(FaqView::of(&row)),
            FaqStatus::Withdrawn => Err(ErrorCode::FaqWithdrawn.into()),
        }
    });
    page.await
}

pub async fn list_staff_faqs(
    ctx: &Ctx<perm::QuestionPublish>,
    filter: StaffFaqFilter,
) -> AppResult<Page<StaffFaqView>> {
    let (cursor, limit) = filter.page().parse()?;
    let rows = queries::staff_faqs(&ctx.app.db, filter.status, cursor, limit).await?;
    let key = |row: &Model| (row.published_at, row.id);
    Ok(Page::build(rows, limit, key, |row| StaffFaqView::of(&row)))
}

pub async fn get_staff_faq(ctx: &Ctx<perm::QuestionPublish>, id: Uuid) -> AppResult<StaffFaqView> {
    Ok(StaffFaqView::of(&load(&ctx.app.db, id).await?))
}

/// Publishes what an editor wrote anew after an answered question, and tells its asker.
///
/// # Errors
/// `faq_own_answer`, `question_decided`, `question_text_rejected`; `validation_failed` for a question
/// that is not there.
pub async fn publish_faq(
    ctx: &Ctx<perm::QuestionPublish>,
    input: PublishFaq,
) -> AppResult<StaffFaqView> {
    let scope = policy::scope::<perm::QuestionPublish>(&ctx.actor);
    let mut tx = ctx.begin().await?;
    let question = queries::locked_in_scope(&tx, &scope, input.question_id).await?;
    let question =
        question.ok_or_else(|| FieldError::new("question_id", "unknown_value", "没有这个咨询"))?;
    let to = next(&question, QuestionAction::Publish)
        .ok_or_else(|| AppError::new(ErrorCode::QuestionDecided))?;
    if !policy::may_publish(&question, ctx.actor.staff_id) {
        return Err(ErrorCode::FaqOwnAnswer.into());
    }
    refuse_rejected_text(&ctx.app, &tx, &question).await?;
    let changes = question::ActiveModel { status: Set(to), ..question::ActiveModel::default() };
    if !queries::change(&tx, &question, changes, ctx.now).await? {
        return Err(ErrorCode::QuestionDecided.into());
    }
    let row = ActiveModel {
        id: Set(tx.new_id()),
        question_id: Set(Some(question.id)),
        status: Set(FaqStatus::Published),
        product_class: Set(input.product_class),
        title: Set(input.title),
        question: Set(input.question),
        answer: Set(input.answer),
        published_by: Set(ctx.actor.staff_id),
        published_at: Set(ctx.now),
        updated_at: Set(ctx.now),
        version: Set(0),
        ..ActiveModel::default()
    };
    let row = match queries::insert_faq(&tx, row).await {
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::QuestionDecided.into()),
        inserted => inserted?,
    };
    let (asker, kind) = (question.account_id, NotificationKind::QuestionPublished);
    notify(&ctx.app, &mut tx, asker, kind, question.id).await?;
    let details = json!({ "question_id": question.id });
    tx.audit_change("faq.publish", ONE, row.id, &(), &row, Some(details)).await?;
    finish(&ctx.app, tx, &row).await
}

/// Replaces the words of a published entry.
///
/// # Errors
/// `stale_version`, `faq_withdrawn`
pub async fn correct_faq(
    ctx: &Ctx<perm::QuestionPublish>,
    id: Uuid,
    version: i32,
    input: CorrectFaq,
) -> AppResult<StaffFaqView> {
    let changes = ActiveModel {
        product_class: Set(input.product_class),
        title: Set(input.title),
        question: Set(input.question),
        answer: Set(input.answer),
        corrected_at: Set(Some(ctx.now)),
        ..ActiveModel::default()
    };
    change(ctx, id, version, changes, "faq.correct").await
}

/// Takes an entry back: from now on it is gone for everybody.
///
/// # Errors
/// `stale_version`, `faq_withdrawn`
pub async fn withdraw_faq(
    ctx: &Ctx<perm::QuestionPublish>,
    id: Uuid,
    version: i32,
    input: WithdrawFaq,
) -> AppResult<StaffFaqView> {
    let changes = ActiveModel {
        status: Set(FaqStatus::Withdrawn),
        withdrawal: Set(Some(input.reason)),
        withdrawn_by: Set(Some(ctx.actor.staff_id)),
        withdrawn_at: Set(Some(ctx.now)),
        ..ActiveModel::default()
    };
    change(ctx, id, version, changes, "faq.withdraw").await
}

async fn change(
    ctx: &Ctx<perm::QuestionPublish>,
    id: Uuid,
    version: i32,
    changes: ActiveModel,
    action: &str,
) -> AppResult<StaffFaqView> {
    let tx = ctx.begin().await?;
    // The question before its entry, as whoever answers does.
    if let Some(question_id) = load(&tx, id).await?.question_id {
        queries::lock(&tx, question_id).await?;
    }
    let before = load(&tx, id).await?;
    if before.status == FaqStatus::Withdrawn {
        return Err(ErrorCode::FaqWithdrawn.into());
    }
    if !queries::change_faq(&tx, id, version, changes, ctx.now).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    let row = load(&tx, id).await?;
    tx.audit_change(action, ONE, id, &before, &row, None).await?;
    finish(&ctx.app, tx, &row).await
}

/// Everything that follows a change of what everybody reads, in the transaction of the change.
///
/// # Errors
/// What follows cannot be written.
async fn show_changed(tx: &mut Tx, row: &Model) -> AppResult<()> {
    if let (Some(question_id), FaqStatus::Withdrawn) = (row.question_id, row.status) {
        queries::withdraw_question(tx, question_id, tx.now()).await?;
    }
    if row.status == FaqStatus::Withdrawn {
        return search::remove(tx, DocumentKind::Question, row.id).await;
    }
    search::put(tx, document(row)).await
}

async fn finish(app: &App, mut tx: Tx, row: &Model) -> AppResult<StaffFaqView> {
    show_changed(&mut tx, row).await?;
    tx.commit().await?;
    app.pages.forget(&PageKey::new(ONE, row.id.simple().to_string())).await;
    app.pages.forget_kind(LIST);
    search::forget(app);
    Ok(StaffFaqView::of(row))
}

async fn load(conn: &impl ConnectionTrait, id: Uuid) -> AppResult<Model> {
    queries::faq(conn, id).await?.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}
