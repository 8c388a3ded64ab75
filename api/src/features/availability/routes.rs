use actix_web::http::header::HeaderValue;
use actix_web::{HttpRequest, HttpResponse, get};

use super::dto::AvailabilityQuery;
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppResult, Path, Query, cached, cached_as};

const NDJSON: HeaderValue = HeaderValue::from_static("application/fhir+ndjson");

/// The manifest of what is free, in the manner of SMART Scheduling Links: `transactionTime`, `request`
/// and `output[]` with `type`, `url` and `extension.state`, the code of a province.
#[utoipa::path(tag = "availability", params(AvailabilityQuery), responses((status = 200, body = serde_json::Value), (status = 304)))]
#[get("/availability")]
pub async fn get_availability(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    query: Query<AvailabilityQuery>,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::get_availability(&ctx, query.0).await?.as_ref()))
}

/// A file of the manifest: FHIR `Location`, `Schedule` or `Slot`, one a line.
#[utoipa::path(tag = "availability", params(("name" = String, Path, example = "slots-11-20261123.ndjson")), responses((status = 200, body = String, content_type = "application/fhir+ndjson"), (status = 304)))]
#[get("/availability/{name}")]
pub async fn get_availability_file(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    name: Path<String>,
) -> AppResult<HttpResponse> {
    let page = service::get_availability_file(&ctx, &name.0).await?;
    Ok(cached_as(&request, page.as_ref(), NDJSON))
}
