use actix_web::{HttpRequest, HttpResponse, get, post};

use crate::features::samples::dto::{CheckReportHash, ReportCheck, ReportVerification};
use crate::features::samples::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppResult, Json, Path, Reply, cached};

/// Whether a report is genuine and still holds, by the code that is printed with it.
#[utoipa::path(tag = "samples", params(("code" = String, Path, max_length = 40)), responses((status = 200, body = ReportVerification), (status = 304)))]
#[get("/reports/{code}")]
pub async fn verify_report(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    code: Path<String>,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::verify_report(&ctx, &code.0).await?.as_ref()))
}

/// Which reports have exactly the document that one has, by its SHA-256.
#[utoipa::path(tag = "samples", responses((status = 200, body = ReportCheck)))]
#[post("/report-checks")]
pub async fn check_report_hash(
    ctx: Ctx<perm::Public>,
    input: Json<CheckReportHash>,
) -> AppResult<Reply> {
    Reply::ok(&service::check_report_hash(&ctx, input.value).await?)
}

/// The document of a report, by a link of its owner.
#[utoipa::path(tag = "samples", params(("token" = String, Path)), responses((status = 200, body = [u8], content_type = "application/pdf"), (status = 304)))]
#[get("/report-files/{token}")]
pub async fn download_report(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    token: Path<String>,
) -> AppResult<HttpResponse> {
    service::download_report(&ctx, &token.0).await?.send(&ctx.app.storage, &request).await
}
