use actix_web::http::header::HeaderValue;
use actix_web::{HttpRequest, HttpResponse, get};

use super::dto::FeedQuery;
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppResult, Path, Query, cached_as};

/// A feed of `articles` or `bulletins`: `articles.atom` (RFC 4287), `articles.rss` (2.0), `articles.json`
/// (JSON Feed 1.1), last changed first, fifty a page; the next page is named in the feed (RFC 5005,
/// `next_url`). A bulletin that was withdrawn stays, with the reason.
#[utoipa::path(tag = "feeds", params(("name" = String, Path, example = "articles.atom"), FeedQuery), responses((status = 200, content((String = "application/atom+xml"), (String = "application/rss+xml"), (serde_json::Value = "application/feed+json"))), (status = 304)))]
#[get("/feeds/{name}")]
pub async fn get_feed(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    name: Path<String>,
    query: Query<FeedQuery>,
) -> AppResult<HttpResponse> {
    let (page, media_type) = service::get_feed(&ctx, &name.0, query.0).await?;
    Ok(cached_as(&request, page.as_ref(), HeaderValue::from_static(media_type)))
}
