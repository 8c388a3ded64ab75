use std::sync::Arc;

use entity::quiz::{self, QuizStatus};
use entity::{quiz_item, quiz_option};
use sea_orm::{ConnectionTrait, Set};
use uuid::Uuid;

use crate::app::App;
use crate::features::quizzes::dto::{
    QuizView, StaffQuizSummary, StaffQuizView, WriteItem, WriteOption, WriteQuiz,
};
use crate::features::quizzes::model::{check_items, may_become};
use crate::features::quizzes::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::cache::{CachedPage, PageKey};
use crate::platform::db::{AuditActor, Page, PageQuery, Tx};
use crate::platform::http::{AppError, AppResult, ErrorCode};

const ONE: &str = "quiz";
const LIST: &str = "quizzes";

pub async fn list_quizzes(ctx: &Ctx<perm::Public>, page: PageQuery) -> AppResult<Arc<CachedPage>> {
    let (cursor, limit) = page.parse()?;
    let argument = format!("{limit}|{}", page.cursor.as_deref().unwrap_or_default());
    let cached = ctx.app.pages.get(PageKey::new(LIST, argument), async || {
        let rows = queries::published_page(&ctx.app.db, cursor, limit).await?;
        let key = |row: &quiz::Model| (row.published_at.unwrap_or(row.created_at), row.id);
        Ok(Page::build(rows, limit, key, QuizView::from))
    });
    cached.await
}

pub async fn get_quiz(ctx: &Ctx<perm::Public>, id: Uuid) -> AppResult<Arc<CachedPage>> {
    let cached = ctx.app.pages.get(PageKey::new(ONE, id.simple().to_string()), async || {
        let row = queries::published(&ctx.app.db, id).await?;
        row.map(QuizView::from).ok_or_else(|| AppError::new(ErrorCode::NotFound))
    });
    cached.await
}

pub async fn list_staff_quizzes(
    ctx: &Ctx<perm::QuizEdit>,
    page: PageQuery,
) -> AppResult<Page<StaffQuizSummary>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::staff_page(&ctx.app.db, cursor, limit).await?;
    Ok(Page::build(rows, limit, |row| (row.created_at, row.id), StaffQuizSummary::from))
}

pub async fn get_staff_quiz(ctx: &Ctx<perm::QuizEdit>, id: Uuid) -> AppResult<StaffQuizView> {
    view(&ctx.app.db, id).await
}

pub async fn create_quiz(ctx: &Ctx<perm::QuizEdit>, input: WriteQuiz) -> AppResult<StaffQuizView> {
    let tx = ctx.begin().await?;
    let id = insert(&tx, input).await?;
    let view = view(&tx, id).await?;
    tx.audit_change("quiz.create", ONE, id, &(), &view, None).await?;
    tx.commit().await?;
    Ok(view)
}

/// Makes a published quiz without an editor, for the sandbox.
pub async fn seed_quiz(app: &App, input: WriteQuiz) -> AppResult<()> {
    let tx = app.begin(AuditActor::System).await?;
    let id = insert(&tx, input).await?;
    let quiz = load(&tx, id).await?;
    queries::update_status(&tx, &quiz, QuizStatus::Published, tx.now()).await?;
    Ok(tx.commit().await?)
}

async fn insert(tx: &Tx, input: WriteQuiz) -> AppResult<Uuid> {
    check_items(&input.items)?;
    let (id, now) = (tx.new_id(), tx.now());
    let row = quiz::ActiveModel {
        id: Set(id),
        status: Set(QuizStatus::Draft),
        title: Set(input.title),
        description: Set(input.description),
        attempts_allowed: Set(input.attempts_allowed),
        time_limit_secs: Set(input.time_limit_secs),
        published_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(0),
    };
    queries::insert(tx, row).await?;
    write_items(tx, id, input.items).await?;
    Ok(id)
}

pub async fn update_quiz(
    ctx: &Ctx<perm::QuizEdit>,
    id: Uuid,
    version: i32,
    input: WriteQuiz,
) -> AppResult<StaffQuizView> {
    check_items(&input.items)?;
    let tx = ctx.begin().await?;
    let quiz = load(&tx, id).await?;
    if quiz.status != QuizStatus::Draft {
        return Err(ErrorCode::QuizNotEditable.into());
    }
    let before = view(&tx, id).await?;
    if !queries::update_draft(&tx, id, version, &input, ctx.now).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    write_items(&tx, id, input.items).await?;
    let view = view(&tx, id).await?;
    tx.audit_change("quiz.update", ONE, id, &before, &view, None).await?;
    tx.commit().await?;
    Ok(view)
}

async fn write_items(tx: &Tx, quiz_id: Uuid, inputs: Vec<WriteItem>) -> AppResult<()> {
    let (mut items, mut options) = (Vec::new(), Vec::new());
    for (input, position) in inputs.into_iter().zip(0..) {
        let item_id = tx.new_id();
        items.push(quiz_item::ActiveModel {
            id: Set(item_id),
            quiz_id: Set(quiz_id),
            position: Set(position),
            kind: Set(input.kind),
            stem: Set(input.stem),
            explanation: Set(input.explanation),
            points: Set(input.points),
        });
        options.extend(input.options.into_iter().zip(0..).map(|(option, position)| {
            quiz_option::ActiveModel {
                id: Set(tx.new_id()),
                item_id: Set(item_id),
                position: Set(position),
                text: Set(option.text),
                is_correct: Set(option.is_correct),
            }
        }));
    }
    Ok(queries::replace_items(tx, quiz_id, items, options).await?)
}

pub async fn publish_quiz(ctx: &Ctx<perm::QuizEdit>, id: Uuid) -> AppResult<StaffQuizView> {
    turn(ctx, id, QuizStatus::Published, "quiz.publish").await
}

pub async fn close_quiz(ctx: &Ctx<perm::QuizEdit>, id: Uuid) -> AppResult<StaffQuizView> {
    turn(ctx, id, QuizStatus::Closed, "quiz.close").await
}

async fn turn(
    ctx: &Ctx<perm::QuizEdit>,
    id: Uuid,
    status: QuizStatus,
    action: &str,
) -> AppResult<StaffQuizView> {
    let tx = ctx.begin().await?;
    let quiz = load(&tx, id).await?;
    if !may_become(quiz.status, status) {
        return Err(ErrorCode::QuizNotEditable.into());
    }
    let before = view(&tx, id).await?;
    if !queries::update_status(&tx, &quiz, status, ctx.now).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    let view = view(&tx, id).await?;
    tx.audit_change(action, ONE, id, &before, &view, None).await?;
    tx.commit().await?;
    forget(&ctx.app, id).await;
    Ok(view)
}

async fn forget(app: &App, id: Uuid) {
    app.pages.forget(&PageKey::new(ONE, id.simple().to_string())).await;
    app.pages.forget_kind(LIST);
}

/// Whether there is such a quiz, in whatever state.
///
/// # Errors
/// `not_found`
pub async fn require_quiz(conn: &impl ConnectionTrait, id: Uuid) -> AppResult<()> {
    load(conn, id).await.map(|_| ())
}

async fn load(conn: &impl ConnectionTrait, id: Uuid) -> AppResult<quiz::Model> {
    queries::by_id(conn, id).await?.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

async fn view(conn: &impl ConnectionTrait, id: Uuid) -> AppResult<StaffQuizView> {
    let summary = load(conn, id).await?.into();
    let items = queries::items(conn, id).await?.into_iter().map(|(item, options)| WriteItem {
        kind: item.kind,
        stem: item.stem,
        explanation: item.explanation,
        points: item.points,
        options: options
            .into_iter()
            .map(|option| WriteOption { text: option.text, is_correct: option.is_correct })
            .collect(),
    });
    Ok(StaffQuizView { summary, items: items.collect() })
}
