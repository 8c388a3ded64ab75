//! `/robots.txt` and the site map: where search engines look for them, outside `/api/v1`.

use actix_web::http::header::HeaderValue;
use actix_web::{HttpRequest, HttpResponse, web};

use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppResult, Path, cached_as};

const XML: HeaderValue = HeaderValue::from_static("application/xml");

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/robots.txt", web::get().to(robots))
        .route("/sitemap.xml", web::get().to(sitemap))
        .route("/sitemaps/{name}", web::get().to(sitemap_page));
}

async fn robots(ctx: Ctx<perm::Public>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(service::robots(&ctx.app))
}

/// The index of the site map (sitemaps.org, protocol 0.9).
async fn sitemap(ctx: Ctx<perm::Public>, request: HttpRequest) -> AppResult<HttpResponse> {
    Ok(cached_as(&request, service::get_sitemap(&ctx).await?.as_ref(), XML))
}

async fn sitemap_page(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    name: Path<String>,
) -> AppResult<HttpResponse> {
    Ok(cached_as(&request, service::get_sitemap_page(&ctx, &name.0).await?.as_ref(), XML))
}
