use actix_web::{get, post};
use uuid::Uuid;

use super::dto::{
    AcceptComplaint, ComplaintFilter, ComplaintSummary, ComplaintView, RefuseComplaint,
    SubmitComplaint,
};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{AppResult, IdempotencyKey, Json, Path, Query, Reply};

/// Files a complaint.
///
/// Send an `Idempotency-Key`: a repeated request with the same key gets the same answer.
#[utoipa::path(tag = "complaints", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = ComplaintView)), security(("resident" = ["complaint.use"])))]
#[post("/complaints")]
pub async fn submit_complaint(
    ctx: Ctx<perm::ComplaintUse>,
    key: IdempotencyKey,
    input: Json<SubmitComplaint>,
) -> AppResult<Reply> {
    service::submit_complaint(&ctx, &key, &input.digest, input.value).await
}

/// One's own complaints, newest first.
#[utoipa::path(tag = "complaints", params(ComplaintFilter), responses((status = 200, body = Page<ComplaintSummary>)), security(("resident" = ["complaint.use"])))]
#[get("/complaints")]
pub async fn list_complaints(
    ctx: Ctx<perm::ComplaintUse>,
    filter: Query<ComplaintFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_complaints(&ctx, filter.0).await?)
}

/// One of one's own complaints with its timeline.
#[utoipa::path(tag = "complaints", responses((status = 200, body = ComplaintView)), security(("resident" = ["complaint.use"])))]
#[get("/complaints/{id}")]
pub async fn get_complaint(ctx: Ctx<perm::ComplaintUse>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::get_complaint(&ctx, id.0).await?)
}

/// Withdraws a complaint.
#[utoipa::path(tag = "complaints", responses((status = 200, body = ComplaintView)), security(("resident" = ["complaint.use"])))]
#[post("/complaints/{id}/withdrawal")]
pub async fn withdraw_complaint(ctx: Ctx<perm::ComplaintUse>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::withdraw_complaint(&ctx, id.0).await?)
}

/// Complaints of one's own regions, newest first, without the complainants' identity.
#[utoipa::path(tag = "complaints", params(ComplaintFilter), responses((status = 200, body = Page<ComplaintSummary>)), security(("staff" = ["complaint.read"])))]
#[get("/staff/complaints")]
pub async fn list_region_complaints(
    ctx: Ctx<perm::ComplaintRead>,
    filter: Query<ComplaintFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_region_complaints(&ctx, filter.0).await?)
}

/// One complaint of one's own regions, with the complainant's identity. The look is audited.
#[utoipa::path(tag = "complaints", responses((status = 200, body = ComplaintView)), security(("staff" = ["complaint.read"])))]
#[get("/staff/complaints/{id}")]
pub async fn get_region_complaint(
    ctx: Ctx<perm::ComplaintRead>,
    id: Path<Uuid>,
) -> AppResult<Reply> {
    Reply::ok(&service::get_region_complaint(&ctx, id.0).await?)
}

/// Accepts a complaint (受理).
#[utoipa::path(tag = "complaints", responses((status = 200, body = ComplaintView)), security(("staff" = ["complaint.decide"])))]
#[post("/staff/complaints/{id}/acceptance")]
pub async fn accept_complaint(
    ctx: Ctx<perm::ComplaintDecide>,
    id: Path<Uuid>,
    input: Json<AcceptComplaint>,
) -> AppResult<Reply> {
    Reply::ok(&service::accept_complaint(&ctx, id.0, input.value).await?)
}

/// Refuses a complaint (不予受理) on one of the grounds of Art. 16.
#[utoipa::path(tag = "complaints", responses((status = 200, body = ComplaintView)), security(("staff" = ["complaint.decide"])))]
#[post("/staff/complaints/{id}/refusal")]
pub async fn refuse_complaint(
    ctx: Ctx<perm::ComplaintDecide>,
    id: Path<Uuid>,
    input: Json<RefuseComplaint>,
) -> AppResult<Reply> {
    Reply::ok(&service::refuse_complaint(&ctx, id.0, input.value).await?)
}
