use actix_web::{HttpRequest, HttpResponse, get, post, put, web};
use uuid::Uuid;

use super::dto::{
    ArticleFilter, ArticleSummary, ArticleView, CategoryList, CoverQuery, StaffArticleFilter,
    StaffArticleSummary, StaffArticleView, WriteArticle,
};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{AppResult, IfMatch, Json, Path, Query, RenditionQuery, Reply, cached};

/// The categories of articles, in their order.
#[utoipa::path(tag = "articles", responses((status = 200, body = CategoryList), (status = 304)))]
#[get("/article-categories")]
pub async fn list_article_categories(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::list_article_categories(&ctx).await?.as_ref()))
}

/// Published articles, newest first.
#[utoipa::path(tag = "articles", params(ArticleFilter), responses((status = 200, body = Page<ArticleSummary>), (status = 304)))]
#[get("/articles")]
pub async fn list_articles(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    filter: Query<ArticleFilter>,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::list_articles(&ctx, filter.0).await?.as_ref()))
}

/// One published article.
#[utoipa::path(tag = "articles", responses((status = 200, body = ArticleView), (status = 304)))]
#[get("/articles/{id}")]
pub async fn get_article(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    id: Path<Uuid>,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::get_article(&ctx, id.0).await?.as_ref()))
}

/// The cover of a published article.
#[utoipa::path(tag = "articles", params(("key" = String, Path), RenditionQuery), responses((status = 200, body = [u8], content_type = "image/*"), (status = 304)))]
#[get("/covers/{key}")]
pub async fn get_article_cover(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    key: Path<String>,
    query: Query<RenditionQuery>,
) -> AppResult<HttpResponse> {
    let file = service::get_article_cover(&ctx, &key.0, query.0.width).await?;
    file.send(&ctx.app.storage, &request).await
}

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

/// Replaces the content of an article; `If-Match` names the version it started from.
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

/// Publishes a draft, or a withdrawn article again.
#[utoipa::path(tag = "articles", responses((status = 200, body = StaffArticleView)), security(("staff" = ["article.publish"])))]
#[post("/staff/articles/{id}/publication")]
pub async fn publish_article(ctx: Ctx<perm::ArticlePublish>, id: Path<Uuid>) -> AppResult<Reply> {
    versioned(&service::publish_article(&ctx, id.0).await?)
}

/// Takes a published article back.
#[utoipa::path(tag = "articles", responses((status = 200, body = StaffArticleView)), security(("staff" = ["article.publish"])))]
#[post("/staff/articles/{id}/withdrawal")]
pub async fn withdraw_article(ctx: Ctx<perm::ArticlePublish>, id: Path<Uuid>) -> AppResult<Reply> {
    versioned(&service::withdraw_article(&ctx, id.0).await?)
}

fn versioned(view: &StaffArticleView) -> AppResult<Reply> {
    Ok(Reply::ok(view)?.versioned(view.version))
}
