use actix_web::{HttpRequest, HttpResponse, get};
use uuid::Uuid;

use crate::features::articles::dto::{
    ArticleFilter, ArticlePreview, ArticleSummary, ArticleView, CategoryList,
};
use crate::features::articles::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{AppResult, Path, Query, RenditionQuery, Reply, cached};

/// The categories of articles, in their order: a tree by `parent_code`.
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
///
/// 410 `article_withdrawn` has the title and the public notice in `withdrawn`.
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

/// The latest text of an article, for whoever has the link, until its state changes.
#[utoipa::path(tag = "articles", params(("token" = String, Path)), responses((status = 200, body = ArticlePreview)))]
#[get("/article-previews/{token}")]
pub async fn get_article_preview(ctx: Ctx<perm::Public>, token: Path<String>) -> AppResult<Reply> {
    Reply::ok(&service::get_article_preview(&ctx, &token.0).await?)
}

/// A picture or document of the text behind a preview link.
#[utoipa::path(tag = "articles", params(("token" = String, Path), ("file_id" = Uuid, Path), RenditionQuery), responses((status = 200, content(([u8] = "image/*"), ([u8] = "application/pdf"))), (status = 304)))]
#[get("/article-previews/{token}/files/{file_id}")]
pub async fn get_article_preview_file(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    path: Path<(String, Uuid)>,
    query: Query<RenditionQuery>,
) -> AppResult<HttpResponse> {
    let (token, id) = path.0;
    let file = service::get_article_preview_file(&ctx, &token, id, query.0.width).await?;
    file.send(&ctx.app.storage, &request).await
}
