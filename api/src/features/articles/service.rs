use std::fmt::Display;
use std::sync::Arc;

use bytes::Bytes;
use entity::article::{self, ArticleStatus};
use entity::media_file::{MediaHolder, MediaPurpose};
use futures_util::Stream;
use sea_orm::{ConnectionTrait, Set};
use uuid::Uuid;
use validator::Validate as _;

use super::dto::{
    ArticleFilter, ArticleSummary, ArticleView, CategoryList, CategoryView, CoverQuery,
    StaffArticleFilter, StaffArticleSummary, StaffArticleView, WriteArticle,
};
use super::model::{may_become, referenced_files, render, summarise};
use super::queries::{self, Content};
use crate::app::App;
use crate::features::media::service::{self as media, Hold, hold_media};
use crate::features::search::service::{self as search};
use crate::features::publications::service::record_publication;
use crate::platform::auth::{Ctx, Permission, perm};
use crate::platform::cache::{CachedPage, PageKey};
use crate::platform::content::Examined;
use crate::platform::db::{AuditActor, Page, Tx};
use crate::platform::http::text::one_line;
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError, StoredFile};

const ONE: &str = "article";
const LIST: &str = "articles";
const FILES: [MediaPurpose; 3] =
    [MediaPurpose::ArticleImage, MediaPurpose::ArticleCover, MediaPurpose::ArticleDocument];

pub async fn list_article_categories(ctx: &Ctx<perm::Public>) -> AppResult<Arc<CachedPage>> {
    let page = ctx.app.pages.get(PageKey::new("article_categories", ""), async {
        let rows = queries::categories(&ctx.app.db).await?;
        Ok(CategoryList { items: rows.into_iter().map(CategoryView::from).collect() })
    });
    page.await
}

pub async fn list_articles(
    ctx: &Ctx<perm::Public>,
    filter: ArticleFilter,
) -> AppResult<Arc<CachedPage>> {
    let (cursor, limit) = filter.page().parse()?;
    let category = filter.category.as_deref();
    if let Some(code) = category {
        require_category(&ctx.app.db, code).await?;
    }
    let place = filter.cursor.as_deref().unwrap_or_default();
    let argument = format!("{}|{limit}|{place}", category.unwrap_or_default());
    let page = ctx.app.pages.get(PageKey::new(LIST, argument), async {
        let rows = queries::published_page(&ctx.app.db, category, cursor, limit).await?;
        let key = |row: &article::Model| (row.published_at.unwrap_or(row.created_at), row.id);
        Ok(Page::build(rows, limit, key, |row| ArticleSummary::of(&row)))
    });
    page.await
}

pub async fn get_article(ctx: &Ctx<perm::Public>, id: Uuid) -> AppResult<Arc<CachedPage>> {
    let page = ctx.app.pages.get(PageKey::new(ONE, id.simple().to_string()), async {
        let row = queries::published(&ctx.app.db, id).await?;
        row.map(|row| ArticleView::of(&row)).ok_or_else(|| AppError::new(ErrorCode::NotFound))
    });
    page.await
}

pub async fn get_article_cover(
    ctx: &Ctx<perm::Public>,
    key: &str,
    width: Option<u32>,
) -> AppResult<StoredFile> {
    let id = cover_id(key).ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    media::get_media(ctx, id, width).await
}

/// The key of a cover is the id of its file.
fn cover_id(key: &str) -> Option<Uuid> {
    Uuid::try_parse(key).ok()
}

pub async fn list_staff_articles(
    ctx: &Ctx<perm::ArticleRead>,
    filter: StaffArticleFilter,
) -> AppResult<Page<StaffArticleSummary>> {
    let (cursor, limit) = filter.page().parse()?;
    let rows = queries::staff_page(&ctx.app.db, filter.status, cursor, limit).await?;
    let key = |row: &article::Model| (row.updated_at, row.id);
    Ok(Page::build(rows, limit, key, |row| StaffArticleSummary::of(&row)))
}

pub async fn get_staff_article(
    ctx: &Ctx<perm::ArticleRead>,
    id: Uuid,
) -> AppResult<StaffArticleView> {
    Ok(StaffArticleView::of(&load(&ctx.app.db, id).await?))
}

pub async fn create_article(
    ctx: &Ctx<perm::ArticleEdit>,
    input: WriteArticle,
) -> AppResult<StaffArticleView> {
    require_category(&ctx.app.db, &input.category).await?;
    let content = content(input);
    let tx = ctx.begin().await?;
    let draft = draft(&tx, content, Some(ctx.actor.staff_id));
    let row = queries::insert(&tx, draft).await?;
    hold_files(&ctx.app, &tx, &row).await?;
    tx.audit_change("article.create", ONE, row.id, &(), &row, None).await?;
    tx.commit().await?;
    Ok(StaffArticleView::of(&row))
}

pub async fn update_article(
    ctx: &Ctx<perm::ArticleEdit>,
    id: Uuid,
    version: i32,
    input: WriteArticle,
) -> AppResult<StaffArticleView> {
    require_category(&ctx.app.db, &input.category).await?;
    let content = content(input);
    let tx = ctx.begin().await?;
    let before = load(&tx, id).await?;
    if !queries::update_content(&tx, id, version, content, ctx.now).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    finish(ctx, tx, &before, "article.update").await
}

pub async fn set_article_cover(
    ctx: &Ctx<perm::ArticleEdit>,
    id: Uuid,
    version: i32,
    query: CoverQuery,
    body: impl Stream<Item = Result<Bytes, impl Display>>,
) -> AppResult<StaffArticleView> {
    let alt = query.alt.trim();
    if alt.is_empty() || alt.chars().count() > 120 || one_line(alt).is_err() {
        return Err(FieldError::new("alt", "invalid_format", "应为 1 至 120 个字的说明").into());
    }
    load(&ctx.app.db, id).await?;
    let upload = media::receive(&ctx.app, MediaPurpose::ArticleCover, body).await?;
    let cover = examine_cover(&ctx.app, upload.content.clone()).await?;
    let key = keep_cover(&ctx.app, ctx.audit_actor(), &cover).await?;
    let tx = ctx.begin().await?;
    let before = load(&tx, id).await?;
    if !queries::update_cover(&tx, id, version, &key, alt, ctx.now).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    finish(ctx, tx, &before, "article.set_cover").await
}

pub(super) async fn examine_cover(app: &App, image: Bytes) -> AppResult<Examined> {
    let examined = media::examine(app, MediaPurpose::ArticleCover, image).await;
    examined.map_err(|error| match error.code() {
        ErrorCode::MediaRejected | ErrorCode::MediaTooLarge => ErrorCode::CoverInvalid.into(),
        _ => error,
    })
}

/// Stores a cover and returns its key. An article that does not take it in leaves an orphan.
pub(super) async fn keep_cover(
    app: &App,
    owner: AuditActor,
    cover: &Examined,
) -> AppResult<String> {
    let id = media::keep(app, owner, MediaPurpose::ArticleCover, cover).await?;
    Ok(id.to_string())
}

pub async fn publish_article(
    ctx: &Ctx<perm::ArticlePublish>,
    id: Uuid,
) -> AppResult<StaffArticleView> {
    turn(ctx, id, ArticleStatus::Published, "article.publish").await
}

pub async fn withdraw_article(
    ctx: &Ctx<perm::ArticlePublish>,
    id: Uuid,
) -> AppResult<StaffArticleView> {
    turn(ctx, id, ArticleStatus::Withdrawn, "article.withdraw").await
}

async fn turn(
    ctx: &Ctx<perm::ArticlePublish>,
    id: Uuid,
    status: ArticleStatus,
    action: &str,
) -> AppResult<StaffArticleView> {
    let tx = ctx.begin().await?;
    let article = load(&tx, id).await?;
    if !may_become(article.status, status) {
        return Err(ErrorCode::ArticleNotDraft.into());
    }
    if !queries::update_status(&tx, &article, status, ctx.now).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    finish(ctx, tx, &article, action).await
}

/// Makes the files that an article shows or links to its own, and public with it, and tells its channels.
pub(super) async fn hold_files(app: &App, tx: &Tx, row: &article::Model) -> AppResult<()> {
    record_publication(app, tx, row).await?;
    let hold = Hold {
        holder: (MediaHolder::Article, row.id),
        purposes: &FILES,
        owner: None,
        is_public: row.status == ArticleStatus::Published,
    };
    let cover = row.cover_key.as_deref().and_then(cover_id);
    let wanted = referenced_files(&row.body_html).into_iter().chain(cover);
    let held = hold_media(app, tx, hold, wanted).await;
    held.map_err(|error| match error.code() {
        ErrorCode::MediaUnavailable => error.on_field("body_markdown"),
        _ => error,
    })?;
    search::article_changed(tx, row).await
}

/// Audits, commits, drops the cached pages and shows the result.
async fn finish<P: Permission>(
    ctx: &Ctx<P>,
    tx: Tx,
    before: &article::Model,
    action: &str,
) -> AppResult<StaffArticleView> {
    let row = load(&tx, before.id).await?;
    hold_files(&ctx.app, &tx, &row).await?;
    tx.audit_change(action, ONE, row.id, before, &row, None).await?;
    tx.commit().await?;
    forget(&ctx.app, row.id).await;
    Ok(StaffArticleView::of(&row))
}

pub(super) async fn forget(app: &App, id: Uuid) {
    app.pages.forget(&PageKey::new(ONE, id.simple().to_string())).await;
    app.pages.forget_kind(LIST);
    search::forget(app);
}

async fn load(conn: &impl ConnectionTrait, id: Uuid) -> AppResult<article::Model> {
    queries::by_id(conn, id).await?.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

pub(super) async fn require_category(conn: &impl ConnectionTrait, code: &str) -> AppResult<()> {
    if queries::is_category(conn, code).await? {
        return Ok(());
    }
    Err(AppError::new(ErrorCode::UnknownCategory).on_field("category"))
}

/// Renders what was written.
pub(super) fn content(input: WriteArticle) -> Content {
    let WriteArticle {
        title,
        summary,
        body_markdown,
        category,
        issuer,
        document_number,
        issued_on,
    } = input;
    Content {
        title,
        summary: summary.unwrap_or_else(|| summarise(&body_markdown)),
        body_html: render(&body_markdown),
        body_markdown,
        category_code: category,
        issuer,
        document_number,
        issued_on,
    }
}

/// A new article that nobody but staff can see.
pub(super) fn draft(tx: &Tx, content: Content, author_id: Option<Uuid>) -> article::ActiveModel {
    article::ActiveModel {
        id: Set(tx.new_id()),
        status: Set(ArticleStatus::Draft),
        title: Set(content.title),
        summary: Set(content.summary),
        body_markdown: Set(content.body_markdown),
        body_html: Set(content.body_html),
        category_code: Set(content.category_code),
        issuer: Set(content.issuer),
        document_number: Set(content.document_number),
        issued_on: Set(content.issued_on),
        author_id: Set(author_id),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
        version: Set(0),
        ..article::ActiveModel::default()
    }
}

/// A request that did not come through HTTP is checked by the same rules.
pub(super) fn validate(input: &WriteArticle) -> AppResult<()> {
    input.validate().map_err(|errors| AppError::internal(errors.to_string()))
}
