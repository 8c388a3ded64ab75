use actix_web::{HttpRequest, HttpResponse, get};

use super::dto::{RegionFilter, RegionList, RegionView};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppResult, Path, Query, cached};

/// The regions directly below one.
///
/// Without `parent`: the provinces, and 新疆生产建设兵团 as a reporting unit.
#[utoipa::path(tag = "regions", params(RegionFilter), responses((status = 200, body = RegionList), (status = 304)))]
#[get("/regions")]
pub async fn list_regions(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    filter: Query<RegionFilter>,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::list_regions(&ctx, filter.0).await?.as_ref()))
}

/// One region by its code.
#[utoipa::path(tag = "regions", params(("code" = String, Path, example = "110101001")), responses((status = 200, body = RegionView), (status = 304)))]
#[get("/regions/{code}")]
pub async fn get_region(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    code: Path<String>,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::get_region(&ctx, &code.0).await?.as_ref()))
}
