use actix_web::HttpResponse;
use actix_web::{get, post};
use uuid::Uuid;

use super::dto::{
    AcceptCorrection, AccountDeletionView, CorrectionFilter, CorrectionSummary, CorrectionView,
    DeletionFilter, DeletionView, ExportTicketView, ExportView, ReadRestrictedRecord,
    RefuseCorrection, RequestCorrection, RequestDeletion, RestrictedContentView,
    RestrictedRecordFilter, RestrictedRecordView, StaffCorrectionView,
};
use super::service::{self, Download};
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, IdempotencyKey, Json, Path, Query, Reply, attachment};

/// Asks for a copy of everything we hold about oneself (PIPL Art. 45).
///
/// The file is made by a job; a notice tells when it is there. One at a time.
#[utoipa::path(tag = "personal_data", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = ExportView)), security(("resident" = ["me.privacy"])))]
#[post("/me/exports")]
pub async fn request_export(ctx: Ctx<perm::MePrivacy>, key: IdempotencyKey) -> AppResult<Reply> {
    service::request_export(&ctx, &key).await
}

/// One's own copies, newest first.
#[utoipa::path(tag = "personal_data", params(PageQuery), responses((status = 200, body = Page<ExportView>)), security(("resident" = ["me.privacy"])))]
#[get("/me/exports")]
pub async fn list_exports(ctx: Ctx<perm::MePrivacy>, page: Query<PageQuery>) -> AppResult<Reply> {
    Reply::ok(&service::list_exports(&ctx, page.0).await?)
}

/// One of one's own copies.
#[utoipa::path(tag = "personal_data", responses((status = 200, body = ExportView)), security(("resident" = ["me.privacy"])))]
#[get("/me/exports/{id}")]
pub async fn get_export(ctx: Ctx<perm::MePrivacy>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::get_export(&ctx, id.0).await?)
}

/// The file: a ZIP of JSON with a manifest.
#[utoipa::path(tag = "personal_data", responses((status = 200, body = [u8], content_type = "application/zip")), security(("resident" = ["me.privacy"])))]
#[get("/me/exports/{id}/file")]
pub async fn download_export(ctx: Ctx<perm::MePrivacy>, id: Path<Uuid>) -> AppResult<HttpResponse> {
    Ok(sent(service::download_export(&ctx, id.0).await?))
}

/// A ticket for a browser that cannot send a token. The newest one counts.
#[utoipa::path(tag = "personal_data", responses((status = 201, body = ExportTicketView)), security(("resident" = ["me.privacy"])))]
#[post("/me/exports/{id}/tickets")]
pub async fn create_export_ticket(ctx: Ctx<perm::MePrivacy>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::json(201, &service::create_export_ticket(&ctx, id.0).await?)
}

/// The file for a ticket, once.
#[utoipa::path(tag = "personal_data", params(("ticket" = String, Path)), responses((status = 200, body = [u8], content_type = "application/zip")))]
#[get("/exports/{ticket}")]
pub async fn redeem_export_ticket(
    ctx: Ctx<perm::Public>,
    ticket: Path<String>,
) -> AppResult<HttpResponse> {
    Ok(sent(service::redeem_export_ticket(&ctx, &ticket.0).await?))
}

fn sent(file: Download) -> HttpResponse {
    attachment("personal-data.zip", "application/zip", file.size_bytes, file.content)
}

/// Asks for the account to be closed (PIPL Art. 47).
///
/// Places that are booked are given back. Until `closes_at` the owner can log in to look at it, take
/// a copy along, or cancel; then everything is deleted but what a law makes us keep. Asking again
/// gives the same answer with 200.
#[utoipa::path(tag = "personal_data", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = DeletionView), (status = 200, body = DeletionView)), security(("resident" = ["me.privacy"])))]
#[post("/me/deletion")]
pub async fn request_deletion(
    ctx: Ctx<perm::MePrivacy>,
    key: IdempotencyKey,
    input: Json<RequestDeletion>,
) -> AppResult<Reply> {
    service::request_deletion(&ctx, &key, &input.digest, input.value).await
}

/// The last wish to close the account.
#[utoipa::path(tag = "personal_data", responses((status = 200, body = DeletionView)), security(("resident" = ["me.privacy"])))]
#[get("/me/deletion")]
pub async fn get_deletion(ctx: Ctx<perm::MePrivacy>) -> AppResult<Reply> {
    Reply::ok(&service::get_deletion(&ctx).await?)
}

/// Keeps the account.
#[utoipa::path(tag = "personal_data", responses((status = 200, body = DeletionView)), security(("resident" = ["me.privacy"])))]
#[post("/me/deletion/cancellation")]
pub async fn cancel_deletion(ctx: Ctx<perm::MePrivacy>) -> AppResult<Reply> {
    Reply::ok(&service::cancel_deletion(&ctx).await?)
}

/// Asks for a record to be corrected that one cannot edit (PIPL Art. 46).
#[utoipa::path(tag = "personal_data", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = CorrectionView)), security(("resident" = ["correction.request"])))]
#[post("/me/correction-requests")]
pub async fn request_correction(
    ctx: Ctx<perm::CorrectionRequest>,
    key: IdempotencyKey,
    input: Json<RequestCorrection>,
) -> AppResult<Reply> {
    service::request_correction(&ctx, &key, &input.digest, input.value).await
}

/// One's own requests with their decisions, newest first.
#[utoipa::path(tag = "personal_data", params(PageQuery), responses((status = 200, body = Page<CorrectionView>)), security(("resident" = ["me.use"])))]
#[get("/me/correction-requests")]
pub async fn list_corrections(ctx: Ctx<perm::MeUse>, page: Query<PageQuery>) -> AppResult<Reply> {
    Reply::ok(&service::list_corrections(&ctx, page.0).await?)
}

/// Requests about records of one's own regions, newest first, without what they wish.
#[utoipa::path(tag = "personal_data", params(CorrectionFilter), responses((status = 200, body = Page<CorrectionSummary>)), security(("staff" = ["correction.decide"])))]
#[get("/staff/correction-requests")]
pub async fn list_region_corrections(
    ctx: Ctx<perm::CorrectionDecide>,
    filter: Query<CorrectionFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_region_corrections(&ctx, filter.0).await?)
}

/// One request with what it wishes. The look is audited.
#[utoipa::path(tag = "personal_data", responses((status = 200, body = StaffCorrectionView)), security(("staff" = ["correction.decide"])))]
#[get("/staff/correction-requests/{id}")]
pub async fn get_region_correction(
    ctx: Ctx<perm::CorrectionDecide>,
    id: Path<Uuid>,
) -> AppResult<Reply> {
    Reply::ok(&service::get_region_correction(&ctx, id.0).await?)
}

/// Accepts a request: the record is corrected at once.
#[utoipa::path(tag = "personal_data", responses((status = 200, body = StaffCorrectionView)), security(("staff" = ["correction.decide"])))]
#[post("/staff/correction-requests/{id}/acceptance")]
pub async fn accept_correction(
    ctx: Ctx<perm::CorrectionDecide>,
    id: Path<Uuid>,
    input: Json<AcceptCorrection>,
) -> AppResult<Reply> {
    Reply::ok(&service::accept_correction(&ctx, id.0, input.value).await?)
}

/// Refuses a request, with the reason.
#[utoipa::path(tag = "personal_data", responses((status = 200, body = StaffCorrectionView)), security(("staff" = ["correction.decide"])))]
#[post("/staff/correction-requests/{id}/refusal")]
pub async fn refuse_correction(
    ctx: Ctx<perm::CorrectionDecide>,
    id: Path<Uuid>,
    input: Json<RefuseCorrection>,
) -> AppResult<Reply> {
    Reply::ok(&service::refuse_correction(&ctx, id.0, input.value).await?)
}

/// Wishes to close accounts and the certificates of those that were erased, newest first.
#[utoipa::path(tag = "personal_data", params(DeletionFilter), responses((status = 200, body = Page<AccountDeletionView>)), security(("staff" = ["restricted.read"])))]
#[get("/staff/account-deletions")]
pub async fn list_account_deletions(
    ctx: Ctx<perm::RestrictedRead>,
    filter: Query<DeletionFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_account_deletions(&ctx, filter.0).await?)
}

/// What the law makes us keep of people who left, newest first, without what it says.
#[utoipa::path(tag = "personal_data", params(RestrictedRecordFilter), responses((status = 200, body = Page<RestrictedRecordView>)), security(("staff" = ["restricted.read"])))]
#[get("/staff/restricted-records")]
pub async fn list_restricted_records(
    ctx: Ctx<perm::RestrictedRead>,
    filter: Query<RestrictedRecordFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_restricted_records(&ctx, filter.0).await?)
}

/// Opens a record because somebody has the right to demand it. The look and its basis are audited.
#[utoipa::path(tag = "personal_data", responses((status = 200, body = RestrictedContentView)), security(("staff" = ["restricted.read"])))]
#[post("/staff/restricted-records/{id}/reading")]
pub async fn read_restricted_record(
    ctx: Ctx<perm::RestrictedRead>,
    id: Path<Uuid>,
    input: Json<ReadRestrictedRecord>,
) -> AppResult<Reply> {
    Reply::ok(&service::read_restricted_record(&ctx, id.0, input.value).await?)
}
