use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use futures_util::stream;
use uuid::Uuid;

use crate::features::bulletins::dto::{BulletinImportSummary, BulletinImportView, SheetFormat};
use crate::features::bulletins::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, ErrorCode, Path, Query, Reply, attachment};

/// The media type of an XLSX workbook (ECMA-376).
const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// An empty sheet to fill in.
#[utoipa::path(tag = "bulletins", responses((status = 200, body = [u8], content_type = "application/*")), security(("staff" = ["bulletin.edit"])))]
#[get("/staff/bulletin-imports/template")]
pub async fn get_bulletin_template(ctx: Ctx<perm::BulletinEdit>) -> AppResult<HttpResponse> {
    let file = service::get_bulletin_template(&ctx)?;
    let length = file.len() as u64;
    Ok(attachment("bulletins.xlsx", SHEET, length, stream::iter([Ok(file)])))
}

/// One's own imports, newest first.
#[utoipa::path(tag = "bulletins", params(PageQuery), responses((status = 200, body = Page<BulletinImportSummary>)), security(("staff" = ["bulletin.edit"])))]
#[get("/staff/bulletin-imports")]
pub async fn list_bulletin_imports(
    ctx: Ctx<perm::BulletinEdit>,
    page: Query<PageQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_bulletin_imports(&ctx, page.0).await?)
}

/// Checks a sheet of at most 2 MB and 1,000 rows: an XLSX workbook or CSV in UTF-8 or GB 18030 as the body.
///
/// The report names every mistake by row and column. No bulletin is written.
#[utoipa::path(tag = "bulletins", request_body(content(([u8] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), ([u8] = "text/csv"))), responses((status = 201, body = BulletinImportView)), security(("staff" = ["bulletin.edit"])))]
#[post("/staff/bulletin-imports")]
pub async fn check_bulletin_import(
    ctx: Ctx<perm::BulletinEdit>,
    request: HttpRequest,
    body: web::Payload,
) -> AppResult<Reply> {
    let format = format(&request).ok_or(ErrorCode::UnsupportedMediaType)?;
    Reply::json(201, &service::check_bulletin_import(&ctx, format, body).await?)
}

fn format(request: &HttpRequest) -> Option<SheetFormat> {
    let kind = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("text/csv") {
        return Some(SheetFormat::Csv);
    }
    essence.eq_ignore_ascii_case(SHEET).then_some(SheetFormat::Xlsx)
}

/// One's own import with its report.
#[utoipa::path(tag = "bulletins", responses((status = 200, body = BulletinImportView)), security(("staff" = ["bulletin.edit"])))]
#[get("/staff/bulletin-imports/{id}")]
pub async fn get_bulletin_import(ctx: Ctx<perm::BulletinEdit>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::get_bulletin_import(&ctx, id.0).await?)
}

/// Writes every bulletin of a sheet without mistakes as a draft, all or none, within a day.
#[utoipa::path(tag = "bulletins", responses((status = 200, body = BulletinImportView)), security(("staff" = ["bulletin.edit"])))]
#[post("/staff/bulletin-imports/{id}/commit")]
pub async fn commit_bulletin_import(
    ctx: Ctx<perm::BulletinEdit>,
    id: Path<Uuid>,
) -> AppResult<Reply> {
    Reply::ok(&service::commit_bulletin_import(&ctx, id.0).await?)
}
