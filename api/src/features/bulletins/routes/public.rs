use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse, get};
use uuid::Uuid;

use crate::features::bulletins::dto::{
    BulletinFilter, BulletinSelection, BulletinSummary, BulletinView, GoneBulletin,
};
use crate::features::bulletins::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{AppResult, ErrorCode, Path, Query, RequestId, cached};

/// Bulletins that hold, newest first; with `updated_since` the change feed.
///
/// The feed has the oldest change first and what was withdrawn as tombstones. Its `updated_at` grows in
/// the order in which changes became public, so who goes on from the last one misses none.
#[utoipa::path(tag = "bulletins", params(BulletinFilter), responses((status = 200, body = Page<BulletinSummary>), (status = 304)))]
#[get("/bulletins")]
pub async fn list_bulletins(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    filter: Query<BulletinFilter>,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::list_bulletins(&ctx, filter.0).await?.as_ref()))
}

/// All bulletins that hold as one CSV file, a row for each product.
#[utoipa::path(tag = "bulletins", params(BulletinSelection), responses((status = 200, body = String, content_type = "text/csv")))]
#[get("/bulletins.csv")]
pub async fn download_bulletins(
    ctx: Ctx<perm::Public>,
    asked: Query<BulletinSelection>,
) -> AppResult<HttpResponse> {
    let parts = service::download_bulletins(&ctx, asked.0).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=60"))
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"bulletins.csv\""))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .streaming(Box::pin(parts)))
}

/// One bulletin with its products and public changes. What was withdrawn is gone, with a notice.
#[utoipa::path(tag = "bulletins", responses((status = 200, body = BulletinView), (status = 304), (status = 410, body = GoneBulletin, content_type = "application/problem+json")))]
#[get("/bulletins/{id}")]
pub async fn get_bulletin(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    id: Path<Uuid>,
) -> AppResult<HttpResponse> {
    match service::get_bulletin(&ctx, id.0).await {
        Ok(page) => Ok(cached(&request, page.as_ref())),
        Err(error) if error.code() == ErrorCode::BulletinWithdrawn => {
            let code = error.code();
            Ok(HttpResponse::Gone()
                .insert_header((CACHE_CONTROL, "no-store"))
                .content_type("application/problem+json")
                .json(GoneBulletin {
                    kind: "urn:sanjin:error:bulletin_withdrawn",
                    title: code.sentence(),
                    status: code.status(),
                    code: code.as_str(),
                    request_id: RequestId::found(&request).0,
                    notice: service::tombstone(&ctx, id.0).await?,
                }))
        }
        Err(error) => Err(error),
    }
}
