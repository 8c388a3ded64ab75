use chrono::NaiveDate;
use entity::question::{self, ActiveModel, QuestionStatus};
use entity::text_review::TextKind;
use sea_orm::Set;
use uuid::Uuid;

use super::view::{own_view, summary};
use super::{CONTENT, FOLLOW_UP, seal};
use crate::features::questions::dto::{
    AskQuestion, FollowUpQuestion, QuestionFilter, QuestionSummary, QuestionView, RateAnswer,
};
use crate::features::questions::model::{QuestionAction, content, next};
use crate::features::questions::queries;
use crate::features::regions::service::require_region;
use crate::features::text_reviews::service::{SubmittedText, submit_text};
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::local_date;
use crate::platform::db::{Page, Tx};
use crate::platform::http::{AppError, AppResult, Claim, ErrorCode, IdempotencyKey, Reply};

pub async fn ask_question(
    ctx: &Ctx<perm::QuestionUse>,
    key: &IdempotencyKey,
    digest: &[u8; 32],
    input: AskQuestion,
) -> AppResult<Reply> {
    if let Some(region) = &input.region_code {
        require_region(&ctx.app.db, region, "region_code").await?;
    }
    let content = content(&input.title, &input.text);
    let content_cipher = seal(&ctx.app, CONTENT, &content)?;
    let mut tx = ctx.begin().await?;
    let settlement = match key.claim(ctx, &tx, "ask_question", digest).await? {
        Claim::Fresh(settlement) => settlement,
        Claim::Replay(reply) => return Ok(reply),
    };
    let row = ActiveModel {
        id: Set(tx.new_id()),
        account_id: Set(ctx.actor.account_id),
        status: Set(QuestionStatus::Asked),
        product_class: Set(input.product_class),
        region_code: Set(input.region_code),
        content_cipher: Set(content_cipher),
        asked_at: Set(ctx.now),
        due_on: Set(due_on(ctx)),
        updated_at: Set(ctx.now),
        version: Set(0),
        ..ActiveModel::default()
    };
    let row = queries::insert(&tx, row).await?;
    review(ctx, &mut tx, &row, TextKind::QuestionContent, &content).await?;
    let reply = Reply::json(201, &own_view(&ctx.app, &tx, &row).await?)?;
    settlement.settle(&tx, &ctx.app.cipher, &reply).await?;
    tx.commit().await?;
    Ok(reply)
}

/// The day by which what is asked now is answered.
fn due_on(ctx: &Ctx<perm::QuestionUse>) -> NaiveDate {
    let within = ctx.app.config.questions.answer_workdays;
    ctx.app.workdays.after(local_date(ctx.now), within)
}

async fn review(
    ctx: &Ctx<perm::QuestionUse>,
    tx: &mut Tx,
    row: &question::Model,
    kind: TextKind,
    text: &str,
) -> AppResult<()> {
    let submitted = SubmittedText {
        kind,
        subject_id: row.id,
        author_id: row.account_id,
        region_code: row.region_code.as_deref(),
        text,
        address: ctx.address,
    };
    submit_text(&ctx.app, tx, &submitted).await
}

pub async fn list_questions(
    ctx: &Ctx<perm::QuestionUse>,
    filter: QuestionFilter,
) -> AppResult<Page<QuestionSummary>> {
    let (cursor, limit) = filter.page().parse()?;
    let account_id = ctx.actor.account_id;
    let rows = queries::own_page(&ctx.app.db, account_id, filter.status, cursor, limit).await?;
    let key = |row: &question::Model| (row.asked_at, row.id);
    let page = Page::build(rows, limit, key, |row| summary(&ctx.app, &row));
    let items = page.items.into_iter().collect::<AppResult<_>>()?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

pub async fn get_question(ctx: &Ctx<perm::QuestionUse>, id: Uuid) -> AppResult<QuestionView> {
    let row = queries::own(&ctx.app.db, ctx.actor.account_id, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    own_view(&ctx.app, &ctx.app.db, &row).await
}

/// Asks once more about an answer. It goes to whoever gave it.
///
/// # Errors
/// `question_followed_up`, `question_decided`
pub async fn follow_up_question(
    ctx: &Ctx<perm::QuestionUse>,
    key: &IdempotencyKey,
    digest: &[u8; 32],
    id: Uuid,
    input: FollowUpQuestion,
) -> AppResult<Reply> {
    let follow_up_cipher = seal(&ctx.app, FOLLOW_UP, &input.text)?;
    let mut tx = ctx.begin().await?;
    let operation = format!("follow_up_question:{id}");
    let settlement = match key.claim(ctx, &tx, &operation, digest).await? {
        Claim::Fresh(settlement) => settlement,
        Claim::Replay(reply) => return Ok(reply),
    };
    let before = own(ctx, &tx, id).await?;
    if before.followed_up_at.is_some() {
        return Err(ErrorCode::QuestionFollowedUp.into());
    }
    let to = next(&before, QuestionAction::FollowUp);
    let changes = ActiveModel {
        status: Set(to.ok_or_else(|| AppError::new(ErrorCode::QuestionDecided))?),
        follow_up_cipher: Set(Some(follow_up_cipher)),
        followed_up_at: Set(Some(ctx.now)),
        due_on: Set(due_on(ctx)),
        ..ActiveModel::default()
    };
    let row = change(ctx, &tx, &before, changes).await?;
    review(ctx, &mut tx, &row, TextKind::QuestionFollowUp, &input.text).await?;
    let reply = Reply::ok(&own_view(&ctx.app, &tx, &row).await?)?;
    settlement.settle(&tx, &ctx.app.cipher, &reply).await?;
    tx.commit().await?;
    Ok(reply)
}

/// # Errors
/// `question_decided` before there is an answer
pub async fn rate_answer(
    ctx: &Ctx<perm::QuestionUse>,
    id: Uuid,
    input: RateAnswer,
) -> AppResult<QuestionView> {
    let tx = ctx.begin().await?;
    let before = own(ctx, &tx, id).await?;
    if next(&before, QuestionAction::Rate).is_none() {
        return Err(ErrorCode::QuestionDecided.into());
    }
    let changes = ActiveModel {
        rating: Set(Some(input.rating)),
        rated_at: Set(Some(ctx.now)),
        ..ActiveModel::default()
    };
    let row = change(ctx, &tx, &before, changes).await?;
    let view = own_view(&ctx.app, &tx, &row).await?;
    tx.commit().await?;
    Ok(view)
}

async fn own(ctx: &Ctx<perm::QuestionUse>, tx: &Tx, id: Uuid) -> AppResult<question::Model> {
    let row = queries::own(tx, ctx.actor.account_id, id).await?;
    row.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

async fn change(
    ctx: &Ctx<perm::QuestionUse>,
    tx: &Tx,
    before: &question::Model,
    changes: ActiveModel,
) -> AppResult<question::Model> {
    if !queries::change(tx, before, changes, ctx.now).await? {
        return Err(ErrorCode::QuestionDecided.into());
    }
    own(ctx, tx, before.id).await
}
