use actix_web::{get, post, put, web};
use uuid::Uuid;

use crate::features::articles::dto::{
    CoverQuery, CreatePreviewLink, DiffQuery, PreviewLinkView, RevisionDiff, RevisionSummary,
    RevisionView, StaffArticleFilter, StaffArticleSummary, StaffArticleView, StepView,
    WriteArticle,
};
use crate::features::articles::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, IfMatch, Json, Path, Query, Reply};

/// Articles in any status, last changed first.
#[utoipa::path(tag = "articles", params(StaffArticleFilter), responses((status = 200, body = Page<StaffArticleSummary>)), security(("staff" = ["article.read"])))]
#[get("/staff/articles")]
pub async fn list_staff_articles(
    ctx: Ctx<perm::ArticleRead>,
    filter: Query<StaffArticleFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_staff_articles(&ctx, filter.0).await?)
}

/// Begins a draft.
#[utoipa::path(tag = "articles", responses((status = 201, body = StaffArticleView)), security(("staff" = ["article.edit"])))]
#[post("/staff/articles")]
pub async fn create_article(
    ctx: Ctx<perm::ArticleEdit>,
    input: Json<WriteArticle>,
) -> AppResult<Reply> {
    let view = service::create_article(&ctx, input.value).await?;
    Ok(Reply::json(201, &view)?.versioned(view.version))
}

/// One article in any status, with its source and version.
#[utoipa::path(tag = "articles", responses((status = 200, body = StaffArticleView)), security(("staff" = ["article.read"])))]
#[get("/staff/articles/{id}")]
pub async fn get_staff_article(ctx: Ctx<perm::ArticleRead>, id: Path<Uuid>) -> AppResult<Reply> {
    versioned(&service::get_staff_article(&ctx, id.0).await?)
}

/// Replaces the text of an article; `If-Match` names the version it started from.
///
/// What the public sees stays until the new text is published. 412 `stale_version` says in `edited` who
/// changed it first, when, and how that differs from what was sent.
#[utoipa::path(tag = "articles", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StaffArticleView)), security(("staff" = ["article.edit"])))]
#[put("/staff/articles/{id}")]
pub async fn update_article(
    ctx: Ctx<perm::ArticleEdit>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<WriteArticle>,
) -> AppResult<Reply> {
    versioned(&service::update_article(&ctx, id.0, version.0, input.value).await?)
}

/// Sets the cover: the bytes of a JPEG, PNG or WebP of at most 2 MB as the body.
///
/// Until the article is published, staff see it as `/api/v1/staff/media/files/{key}`.
#[utoipa::path(tag = "articles", params(CoverQuery, ("If-Match" = String, Header, example = "\"3\"")), request_body(content = [u8], content_type = "image/*"), responses((status = 200, body = StaffArticleView)), security(("staff" = ["article.edit"])))]
#[put("/staff/articles/{id}/cover")]
pub async fn set_article_cover(
    ctx: Ctx<perm::ArticleEdit>,
    id: Path<Uuid>,
    version: IfMatch,
    query: Query<CoverQuery>,
    body: web::Payload,
) -> AppResult<Reply> {
    versioned(&service::set_article_cover(&ctx, id.0, version.0, query.0, body).await?)
}

/// A link by which somebody without a log-in sees the latest text, until the state of the article changes.
#[utoipa::path(tag = "articles", responses((status = 201, body = PreviewLinkView)), security(("staff" = ["article.read"])))]
#[post("/staff/articles/{id}/preview-links")]
pub async fn create_preview_link(
    ctx: Ctx<perm::ArticleRead>,
    id: Path<Uuid>,
    input: Json<CreatePreviewLink>,
) -> AppResult<Reply> {
    Reply::json(201, &service::create_preview_link(&ctx, id.0, input.value).await?)
}

/// What was saved of an article, newest first.
#[utoipa::path(tag = "articles", params(PageQuery), responses((status = 200, body = Page<RevisionSummary>)), security(("staff" = ["article.read"])))]
#[get("/staff/articles/{id}/revisions")]
pub async fn list_article_revisions(
    ctx: Ctx<perm::ArticleRead>,
    id: Path<Uuid>,
    page: Query<PageQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_article_revisions(&ctx, id.0, page.0).await?)
}

/// One revision of an article, whole.
#[utoipa::path(tag = "articles", params(("id" = Uuid, Path), ("number" = i32, Path)), responses((status = 200, body = RevisionView)), security(("staff" = ["article.read"])))]
#[get("/staff/articles/{id}/revisions/{number}")]
pub async fn get_article_revision(
    ctx: Ctx<perm::ArticleRead>,
    path: Path<(Uuid, i32)>,
) -> AppResult<Reply> {
    let (id, number) = path.0;
    Reply::ok(&service::get_article_revision(&ctx, id, number).await?)
}

/// What a revision changed, against the one before or any other one.
#[utoipa::path(tag = "articles", params(("id" = Uuid, Path), ("number" = i32, Path), DiffQuery), responses((status = 200, body = RevisionDiff)), security(("staff" = ["article.read"])))]
#[get("/staff/articles/{id}/revisions/{number}/diff")]
pub async fn diff_article_revisions(
    ctx: Ctx<perm::ArticleRead>,
    path: Path<(Uuid, i32)>,
    query: Query<DiffQuery>,
) -> AppResult<Reply> {
    let (id, number) = path.0;
    Reply::ok(&service::diff_article_revisions(&ctx, id, number, query.0).await?)
}

/// Who wrote, reviewed and published an article, and when, oldest first.
#[utoipa::path(tag = "articles", params(PageQuery), responses((status = 200, body = Page<StepView>)), security(("staff" = ["article.read"])))]
#[get("/staff/articles/{id}/reviews")]
pub async fn list_article_reviews(
    ctx: Ctx<perm::ArticleRead>,
    id: Path<Uuid>,
    page: Query<PageQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_article_reviews(&ctx, id.0, page.0).await?)
}

pub(super) fn versioned(view: &StaffArticleView) -> AppResult<Reply> {
    Ok(Reply::ok(view)?.versioned(view.version))
}
