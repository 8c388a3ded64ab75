use actix_web::{HttpRequest, HttpResponse, get, post, put, web};
use uuid::Uuid;

use crate::features::samples::dto::{
    BookingResults, CorrectReport, LateResultView, MoveSample, PublishReport, RegisterSample,
    ReportFileView, RiskLeadFilter, RiskLeadView, SampleDetail, SampleFilter, SampleView,
    WithdrawReport,
};
use crate::features::samples::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, IfMatch, Json, MaybeIfMatch, Path, Query, Reply};

/// Registers something that a visitor of one's own lab brought. It gets a number for its label.
#[utoipa::path(tag = "samples", responses((status = 201, body = SampleDetail)), security(("staff" = ["sample.manage"])))]
#[post("/staff/bookings/{id}/samples")]
pub async fn register_sample(
    ctx: Ctx<perm::SampleManage>,
    id: Path<Uuid>,
    input: Json<RegisterSample>,
) -> AppResult<Reply> {
    let view = service::register_sample(&ctx, id.0, input.value).await?;
    Ok(Reply::json(201, &view)?.versioned(view.sample.version))
}

/// Samples of one's own lab, the latest first; those that are late on request.
#[utoipa::path(tag = "samples", params(SampleFilter), responses((status = 200, body = Page<SampleView>)), security(("staff" = ["booking.read"])))]
#[get("/staff/samples")]
pub async fn list_samples(
    ctx: Ctx<perm::BookingRead>,
    filter: Query<SampleFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_samples(&ctx, filter.0).await?)
}

/// A sample of one's own lab with its chain of custody.
#[utoipa::path(tag = "samples", responses((status = 200, body = SampleDetail)), security(("staff" = ["booking.read"])))]
#[get("/staff/samples/{id}")]
pub async fn get_sample(ctx: Ctx<perm::BookingRead>, id: Path<Uuid>) -> AppResult<Reply> {
    let view = service::get_sample(&ctx, id.0).await?;
    Ok(Reply::ok(&view)?.versioned(view.sample.version))
}

/// Takes a sample on in its chain of custody.
#[utoipa::path(tag = "samples", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 201, body = SampleDetail)), security(("staff" = ["sample.manage"])))]
#[post("/staff/samples/{id}/custody-events")]
pub async fn move_sample(
    ctx: Ctx<perm::SampleManage>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<MoveSample>,
) -> AppResult<Reply> {
    let view = service::move_sample(&ctx, id.0, version.0, input.value).await?;
    Ok(Reply::json(201, &view)?.versioned(view.sample.version))
}

/// Begins the test of a booking's samples.
#[utoipa::path(tag = "samples", params(("If-Match" = Option<String>, Header)), responses((status = 200, body = BookingResults)), security(("staff" = ["sample.manage"])))]
#[post("/staff/bookings/{id}/testing")]
pub async fn start_testing(
    ctx: Ctx<perm::SampleManage>,
    id: Path<Uuid>,
    version: MaybeIfMatch,
) -> AppResult<Reply> {
    let view = service::start_testing(&ctx, id.0, version).await?;
    Ok(Reply::ok(&view)?.versioned(view.version))
}

/// Samples, reports and results of a booking of one's own lab.
#[utoipa::path(tag = "samples", responses((status = 200, body = BookingResults)), security(("staff" = ["booking.read"])))]
#[get("/staff/bookings/{id}/results")]
pub async fn get_lab_results(ctx: Ctx<perm::BookingRead>, id: Path<Uuid>) -> AppResult<Reply> {
    let view = service::get_lab_results(&ctx, id.0).await?;
    Ok(Reply::ok(&view)?.versioned(view.version))
}

/// Uploads the document of a report: the bytes of a PDF of at most 20 MB as the body.
///
/// It is refused when it holds scripts or actions, and kept byte for byte: its SHA-256 is the one that
/// everybody can check. Unless a report takes hold of it, it is deleted after a day.
#[utoipa::path(tag = "samples", request_body(content = [u8], content_type = "application/pdf"), responses((status = 200, body = ReportFileView)), security(("staff" = ["result.publish"])))]
#[put("/staff/bookings/{id}/report-file")]
pub async fn upload_report_file(
    ctx: Ctx<perm::ResultPublish>,
    id: Path<Uuid>,
    body: web::Payload,
) -> AppResult<Reply> {
    Reply::ok(&service::upload_report_file(&ctx, id.0, body).await?)
}

/// Issues the report of a booking with its results, and completes the booking.
///
/// The conclusion follows from the items. A failed safety item becomes a lead to a dangerous product.
#[utoipa::path(tag = "samples", params(("If-Match" = Option<String>, Header)), responses((status = 201, body = BookingResults)), security(("staff" = ["result.publish"])))]
#[post("/staff/bookings/{id}/report")]
pub async fn publish_report(
    ctx: Ctx<perm::ResultPublish>,
    id: Path<Uuid>,
    version: MaybeIfMatch,
    input: Json<PublishReport>,
) -> AppResult<Reply> {
    let view = service::publish_report(&ctx, id.0, version, input.value).await?;
    Ok(Reply::json(201, &view)?.versioned(view.version))
}

/// Issues the next revision of a report. The one before stays listed as superseded.
///
/// `If-Match` takes the version of the results.
#[utoipa::path(tag = "samples", params(("If-Match" = String, Header, example = "\"7\"")), responses((status = 201, body = BookingResults)), security(("staff" = ["result.publish"])))]
#[post("/staff/bookings/{id}/report-corrections")]
pub async fn correct_report(
    ctx: Ctx<perm::ResultPublish>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<CorrectReport>,
) -> AppResult<Reply> {
    let view = service::correct_report(&ctx, id.0, version.0, input.value).await?;
    Ok(Reply::json(201, &view)?.versioned(view.version))
}

/// Takes a report back without another in its place.
#[utoipa::path(tag = "samples", params(("If-Match" = String, Header, example = "\"7\"")), responses((status = 200, body = BookingResults)), security(("staff" = ["result.publish"])))]
#[post("/staff/bookings/{id}/report-withdrawal")]
pub async fn withdraw_report(
    ctx: Ctx<perm::ResultPublish>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<WithdrawReport>,
) -> AppResult<Reply> {
    let view = service::withdraw_report(&ctx, id.0, version.0, input.value).await?;
    Ok(Reply::ok(&view)?.versioned(view.version))
}

/// The document of a revision. The look is audited.
#[utoipa::path(tag = "samples", params(("id" = Uuid, Path), ("revision" = i32, Path)), responses((status = 200, body = [u8], content_type = "application/pdf"), (status = 304)), security(("staff" = ["sample.manage"])))]
#[get("/staff/bookings/{id}/reports/{revision}/file")]
pub async fn get_report_file(
    ctx: Ctx<perm::SampleManage>,
    request: HttpRequest,
    ids: Path<(Uuid, i32)>,
) -> AppResult<HttpResponse> {
    let (id, revision) = ids.0;
    let file = service::get_report_file(&ctx, id, revision).await?;
    file.send(&ctx.app.storage, &request).await
}

/// Visits to one's own lab whose result is late, the latest alarm first.
#[utoipa::path(tag = "samples", params(PageQuery), responses((status = 200, body = Page<LateResultView>)), security(("staff" = ["booking.read"])))]
#[get("/staff/late-results")]
pub async fn list_late_results(
    ctx: Ctx<perm::BookingRead>,
    page: Query<PageQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_late_results(&ctx, page.0).await?)
}

/// Products of one's own regions that failed a safety item, the latest first. Nothing of people.
#[utoipa::path(tag = "samples", params(RiskLeadFilter), responses((status = 200, body = Page<RiskLeadView>)), security(("staff" = ["risk_lead.read"])))]
#[get("/staff/risk-leads")]
pub async fn list_risk_leads(
    ctx: Ctx<perm::RiskLeadRead>,
    filter: Query<RiskLeadFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_risk_leads(&ctx, filter.0).await?)
}
