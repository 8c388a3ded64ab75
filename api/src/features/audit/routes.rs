use actix_web::{HttpResponse, get, post};
use uuid::Uuid;

use super::dto::{
    AuditEntryDetail, AuditEntryView, AuditExportView, AuditFilter, CreateAuditExport,
};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, Json, Path, Query, Reply, attachment};

/// The audit trail, newest first. The search is audited.
#[utoipa::path(tag = "audit", params(AuditFilter), responses((status = 200, body = Page<AuditEntryView>)), security(("staff" = ["audit.read"])))]
#[get("/staff/audit-entries")]
pub async fn list_audit_entries(
    ctx: Ctx<perm::AuditRead>,
    filter: Query<AuditFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_audit_entries(&ctx, filter.0).await?)
}

/// One entry, with whether it is as it was written. The look is audited.
#[utoipa::path(tag = "audit", responses((status = 200, body = AuditEntryDetail)), security(("staff" = ["audit.read"])))]
#[get("/staff/audit-entries/{id}")]
pub async fn get_audit_entry(ctx: Ctx<perm::AuditRead>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::get_audit_entry(&ctx, id.0).await?)
}

/// Begins an export of the entries up to now. One at a time for each auditor; it is audited.
#[utoipa::path(tag = "audit", responses((status = 201, body = AuditExportView)), security(("staff" = ["audit.export"])))]
#[post("/staff/audit-exports")]
pub async fn create_audit_export(
    ctx: Ctx<perm::AuditExport>,
    input: Json<CreateAuditExport>,
) -> AppResult<Reply> {
    Reply::json(201, &service::create_audit_export(&ctx, input.value).await?)
}

/// The manifests of exports, newest first.
#[utoipa::path(tag = "audit", params(PageQuery), responses((status = 200, body = Page<AuditExportView>)), security(("staff" = ["audit.export"])))]
#[get("/staff/audit-exports")]
pub async fn list_audit_exports(
    ctx: Ctx<perm::AuditExport>,
    page: Query<PageQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_audit_exports(&ctx, page.0).await?)
}

/// The manifest of an export.
#[utoipa::path(tag = "audit", responses((status = 200, body = AuditExportView)), security(("staff" = ["audit.export"])))]
#[get("/staff/audit-exports/{id}")]
pub async fn get_audit_export(ctx: Ctx<perm::AuditExport>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::get_audit_export(&ctx, id.0).await?)
}

/// The file of an export, until it expires. The download is audited.
#[utoipa::path(tag = "audit", responses((status = 200, body = [u8], content_type = "application/*")), security(("staff" = ["audit.export"])))]
#[get("/staff/audit-exports/{id}/content")]
pub async fn download_audit_export(
    ctx: Ctx<perm::AuditExport>,
    id: Path<Uuid>,
) -> AppResult<HttpResponse> {
    let (name, length, parts) = service::download_audit_export(&ctx, id.0).await?;
    Ok(attachment(&name, "application/octet-stream", length, parts))
}
