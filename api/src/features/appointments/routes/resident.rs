use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpResponse, get, post};
use uuid::Uuid;

use crate::features::appointments::dto::{
    Alternatives, AlternativesQuery, BookingDetail, BookingView, CancelBooking, CheckInCodeView,
    CreateBooking, CreateHold, RequestBooking, RescheduleBooking, SlotFilter, SlotView,
};
use crate::features::appointments::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, IdempotencyKey, Json, Path, Query, Reply};

/// Open slots that can still be booked, next first.
#[utoipa::path(tag = "appointments", params(SlotFilter), responses((status = 200, body = Page<SlotView>)))]
#[get("/slots")]
pub async fn list_slots(ctx: Ctx<perm::Public>, filter: Query<SlotFilter>) -> AppResult<Reply> {
    Reply::ok(&service::list_slots(&ctx, filter.0).await?)
}

/// Up to five slots with room near one that has none, nearest first.
#[utoipa::path(tag = "appointments", params(AlternativesQuery), responses((status = 200, body = Alternatives)))]
#[get("/slots/{id}/alternatives")]
pub async fn list_alternatives(
    ctx: Ctx<perm::Public>,
    id: Path<Uuid>,
    query: Query<AlternativesQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_alternatives(&ctx, id.0, query.0).await?)
}

/// Asks for places in a slot. They are held at once and wait for the lab.
///
/// Send an `Idempotency-Key`: a repeated request with the same key gets the same answer.
#[utoipa::path(tag = "appointments", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = BookingView)), security(("resident" = ["booking.use"])))]
#[post("/bookings")]
pub async fn create_booking(
    ctx: Ctx<perm::BookingUse>,
    key: IdempotencyKey,
    input: Json<CreateBooking>,
) -> AppResult<Reply> {
    service::create_booking(&ctx, &key, &input.digest, input.value).await
}

/// Holds places while the form is filled in, until `expires_at`.
#[utoipa::path(tag = "appointments", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = BookingView)), security(("resident" = ["booking.use"])))]
#[post("/holds")]
pub async fn create_hold(
    ctx: Ctx<perm::BookingUse>,
    key: IdempotencyKey,
    input: Json<CreateHold>,
) -> AppResult<Reply> {
    service::create_hold(&ctx, &key, &input.digest, input.value).await
}

/// Sends the form for held places: from now on they wait for the lab.
#[utoipa::path(tag = "appointments", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = BookingView)), security(("resident" = ["booking.use"])))]
#[post("/bookings/{id}/request")]
pub async fn request_booking(
    ctx: Ctx<perm::BookingUse>,
    key: IdempotencyKey,
    id: Path<Uuid>,
    input: Json<RequestBooking>,
) -> AppResult<Reply> {
    service::request_booking(&ctx, &key, &input.digest, id.0, input.value).await
}

/// Moves a booking to another time of the same service. The new place is taken before the old one
/// is given back; the answer is the booking at its new time.
#[utoipa::path(tag = "appointments", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = BookingView)), security(("resident" = ["booking.use"])))]
#[post("/bookings/{id}/reschedule")]
pub async fn reschedule_booking(
    ctx: Ctx<perm::BookingUse>,
    key: IdempotencyKey,
    id: Path<Uuid>,
    input: Json<RescheduleBooking>,
) -> AppResult<Reply> {
    service::reschedule_booking(&ctx, &key, &input.digest, id.0, input.value).await
}

/// The rotating code to show at the door of a confirmed booking.
#[utoipa::path(tag = "appointments", responses((status = 200, body = CheckInCodeView)), security(("resident" = ["booking.use"])))]
#[get("/bookings/{id}/check-in-code")]
pub async fn get_check_in_code(ctx: Ctx<perm::BookingUse>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::get_check_in_code(&ctx, id.0).await?)
}

/// The same as a QR code in a PNG.
#[utoipa::path(tag = "appointments", responses((status = 200, body = [u8], content_type = "image/png")), security(("resident" = ["booking.use"])))]
#[get("/bookings/{id}/check-in-picture")]
pub async fn get_check_in_picture(
    ctx: Ctx<perm::BookingUse>,
    id: Path<Uuid>,
) -> AppResult<HttpResponse> {
    let png = service::get_check_in_picture(&ctx, id.0).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("image/png")
        .body(png))
}

/// One's own booking as a calendar entry.
#[utoipa::path(tag = "appointments", responses((status = 200, body = String, content_type = "text/calendar")), security(("resident" = ["booking.use"])))]
#[get("/bookings/{id}/calendar")]
pub async fn get_booking_calendar(
    ctx: Ctx<perm::BookingUse>,
    id: Path<Uuid>,
) -> AppResult<HttpResponse> {
    let calendar = service::get_booking_calendar(&ctx, id.0).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"booking.ics\""))
        .content_type("text/calendar; charset=utf-8")
        .body(calendar))
}

/// Waits for a place in a slot that has none. When one becomes free, it is held for the first in line
/// until `expires_at`, and a notice tells so.
#[utoipa::path(tag = "appointments", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = BookingView)), security(("resident" = ["booking.use"])))]
#[post("/waitlist-entries")]
pub async fn join_waitlist(
    ctx: Ctx<perm::BookingUse>,
    key: IdempotencyKey,
    input: Json<CreateBooking>,
) -> AppResult<Reply> {
    service::join_waitlist(&ctx, &key, &input.digest, input.value).await
}

/// Takes the place that is offered. Declining it is a cancellation.
#[utoipa::path(tag = "appointments", responses((status = 200, body = BookingView)), security(("resident" = ["booking.use"])))]
#[post("/bookings/{id}/acceptance")]
pub async fn accept_offer(ctx: Ctx<perm::BookingUse>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::accept_offer(&ctx, id.0).await?)
}

/// One's own bookings, newest first.
#[utoipa::path(tag = "appointments", params(PageQuery), responses((status = 200, body = Page<BookingView>)), security(("resident" = ["booking.use"])))]
#[get("/bookings")]
pub async fn list_bookings(ctx: Ctx<perm::BookingUse>, page: Query<PageQuery>) -> AppResult<Reply> {
    Reply::ok(&service::list_bookings(&ctx, page.0).await?)
}

/// One of one's own bookings with its timeline.
#[utoipa::path(tag = "appointments", responses((status = 200, body = BookingDetail)), security(("resident" = ["booking.use"])))]
#[get("/bookings/{id}")]
pub async fn get_booking(ctx: Ctx<perm::BookingUse>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::get_booking(&ctx, id.0).await?)
}

/// Gives places back: a hold or a request any time, a confirmed booking until the cut-off.
#[utoipa::path(tag = "appointments", responses((status = 200, body = BookingView)), security(("resident" = ["booking.use"])))]
#[post("/bookings/{id}/cancellation")]
pub async fn cancel_booking(
    ctx: Ctx<perm::BookingUse>,
    id: Path<Uuid>,
    input: Json<CancelBooking>,
) -> AppResult<Reply> {
    Reply::ok(&service::cancel_booking(&ctx, id.0, input.value).await?)
}
