use actix_web::{get, post, put};
use uuid::Uuid;

use crate::features::samples::dto::{
    BookingResults, RateBooking, ReportLinkView, SatisfactionView,
};
use crate::features::samples::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppResult, Json, Path, Reply};

/// What became of what one handed in: samples, reports, results by item.
#[utoipa::path(tag = "samples", responses((status = 200, body = BookingResults)), security(("resident" = ["booking.use"])))]
#[get("/bookings/{id}/results")]
pub async fn get_booking_results(ctx: Ctx<perm::BookingUse>, id: Path<Uuid>) -> AppResult<Reply> {
    let view = service::get_booking_results(&ctx, id.0).await?;
    Ok(Reply::ok(&view)?.versioned(view.version))
}

/// A link to the report for a viewer that has no token. It works for some minutes.
#[utoipa::path(tag = "samples", responses((status = 201, body = ReportLinkView)), security(("resident" = ["booking.use"])))]
#[post("/bookings/{id}/report-link")]
pub async fn create_report_link(ctx: Ctx<perm::BookingUse>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::json(201, &service::create_report_link(&ctx, id.0).await?)
}

/// Marks for the service, once the result is there. They can be changed for some days.
#[utoipa::path(tag = "samples", responses((status = 200, body = SatisfactionView)), security(("resident" = ["booking.use"])))]
#[put("/bookings/{id}/satisfaction")]
pub async fn rate_booking(
    ctx: Ctx<perm::BookingUse>,
    id: Path<Uuid>,
    input: Json<RateBooking>,
) -> AppResult<Reply> {
    Reply::ok(&service::rate_booking(&ctx, id.0, input.value).await?)
}
