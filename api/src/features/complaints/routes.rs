use actix_web::{HttpRequest, HttpResponse, get, post};
use uuid::Uuid;

use super::dto::{
    AcceptComplaint, ComplainantIdentity, ComplaintFilter, ComplaintSummary, ComplaintView,
    DiscloseComplainant, RefuseComplaint, SubmitComplaint,
};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::consent::{GiveConsents, WithdrawConsents};
use crate::platform::db::Page;
use crate::platform::http::{AppResult, IdempotencyKey, Json, Path, Query, RenditionQuery, Reply};

/// Files a complaint. Needs the consent `real_name`.
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

/// A file that belongs to one of one's own complaints.
#[utoipa::path(tag = "complaints", params(RenditionQuery), responses((status = 200, content(([u8] = "image/*"), ([u8] = "application/pdf"))), (status = 304)), security(("resident" = ["complaint.use"])))]
#[get("/complaints/{id}/evidence/{media_id}")]
pub async fn get_complaint_evidence(
    ctx: Ctx<perm::ComplaintUse>,
    request: HttpRequest,
    ids: Path<(Uuid, Uuid)>,
    query: Query<RenditionQuery>,
) -> AppResult<HttpResponse> {
    let (id, media_id) = ids.0;
    let file = service::get_complaint_evidence(&ctx, id, media_id, query.0.width).await?;
    file.send(&ctx.app.storage, &request).await
}

/// Withdraws a complaint.
#[utoipa::path(tag = "complaints", responses((status = 200, body = ComplaintView)), security(("resident" = ["complaint.use"])))]
#[post("/complaints/{id}/withdrawal")]
pub async fn withdraw_complaint(ctx: Ctx<perm::ComplaintUse>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::withdraw_complaint(&ctx, id.0).await?)
}

/// Agrees to publishing one's complaint or to passing it on, each by itself.
#[utoipa::path(tag = "complaints", responses((status = 200, body = ComplaintView)), security(("resident" = ["complaint.use"])))]
#[post("/complaints/{id}/consents")]
pub async fn give_complaint_consents(
    ctx: Ctx<perm::ComplaintUse>,
    id: Path<Uuid>,
    input: Json<GiveConsents>,
) -> AppResult<Reply> {
    Reply::ok(&service::give_complaint_consents(&ctx, id.0, input.value).await?)
}

/// Takes such a consent back: from now on the complaint is not published, or not passed on.
#[utoipa::path(tag = "complaints", responses((status = 200, body = ComplaintView)), security(("resident" = ["complaint.use"])))]
#[post("/complaints/{id}/consent-withdrawals")]
pub async fn withdraw_complaint_consents(
    ctx: Ctx<perm::ComplaintUse>,
    id: Path<Uuid>,
    input: Json<WithdrawConsents>,
) -> AppResult<Reply> {
    Reply::ok(&service::withdraw_complaint_consents(&ctx, id.0, input.value).await?)
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

/// One complaint of one's own regions, with the complainant masked. The look is audited.
#[utoipa::path(tag = "complaints", responses((status = 200, body = ComplaintView)), security(("staff" = ["complaint.read"])))]
#[get("/staff/complaints/{id}")]
pub async fn get_region_complaint(
    ctx: Ctx<perm::ComplaintRead>,
    id: Path<Uuid>,
) -> AppResult<Reply> {
    Reply::ok(&service::get_region_complaint(&ctx, id.0).await?)
}

/// The complainant in clear, for a reason. The look is audited.
#[utoipa::path(tag = "complaints", responses((status = 201, body = ComplainantIdentity)), security(("staff" = ["identity.read"])))]
#[post("/staff/complaints/{id}/disclosures")]
pub async fn disclose_complainant(
    ctx: Ctx<perm::IdentityRead>,
    id: Path<Uuid>,
    input: Json<DiscloseComplainant>,
) -> AppResult<Reply> {
    Reply::json(201, &service::disclose_complainant(&ctx, id.0, input.value).await?)
}

/// A file that belongs to a complaint of one's own regions. The look is audited.
#[utoipa::path(tag = "complaints", params(RenditionQuery), responses((status = 200, content(([u8] = "image/*"), ([u8] = "application/pdf"))), (status = 304)), security(("staff" = ["complaint.read"])))]
#[get("/staff/complaints/{id}/evidence/{media_id}")]
pub async fn get_region_complaint_evidence(
    ctx: Ctx<perm::ComplaintRead>,
    request: HttpRequest,
    ids: Path<(Uuid, Uuid)>,
    query: Query<RenditionQuery>,
) -> AppResult<HttpResponse> {
    let (id, media_id) = ids.0;
    let file = service::get_region_complaint_evidence(&ctx, id, media_id, query.0.width).await?;
    file.send(&ctx.app.storage, &request).await
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
