use actix_web::{get, post};
use uuid::Uuid;

use super::dto::{
    BookingDetail, BookingView, CancelBooking, CreateBooking, CreateSlot, LabBookingFilter,
    RejectBooking, SlotFilter, SlotView,
};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, IdempotencyKey, Json, Path, Query, Reply};

/// Open slots that can still be booked, next first.
#[utoipa::path(tag = "appointments", params(SlotFilter), responses((status = 200, body = Page<SlotView>)))]
#[get("/slots")]
pub async fn list_slots(ctx: Ctx<perm::Public>, filter: Query<SlotFilter>) -> AppResult<Reply> {
    Reply::ok(&service::list_slots(&ctx, filter.0).await?)
}

/// Asks for a place in a slot. The place is held at once and waits for the lab.
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

/// Gives a place back: a request any time, a confirmed booking until the cut-off.
#[utoipa::path(tag = "appointments", responses((status = 200, body = BookingView)), security(("resident" = ["booking.use"])))]
#[post("/bookings/{id}/cancellation")]
pub async fn cancel_booking(
    ctx: Ctx<perm::BookingUse>,
    id: Path<Uuid>,
    input: Json<CancelBooking>,
) -> AppResult<Reply> {
    Reply::ok(&service::cancel_booking(&ctx, id.0, input.value).await?)
}

/// Opens a slot of one's own lab.
#[utoipa::path(tag = "appointments", responses((status = 201, body = SlotView)), security(("staff" = ["slot.manage"])))]
#[post("/staff/slots")]
pub async fn create_slot(ctx: Ctx<perm::SlotManage>, input: Json<CreateSlot>) -> AppResult<Reply> {
    Reply::json(201, &service::create_slot(&ctx, input.value).await?)
}

/// Closes a slot of one's own lab to new bookings.
#[utoipa::path(tag = "appointments", responses((status = 200, body = SlotView)), security(("staff" = ["slot.manage"])))]
#[post("/staff/slots/{id}/closure")]
pub async fn close_slot(ctx: Ctx<perm::SlotManage>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::close_slot(&ctx, id.0).await?)
}

/// Bookings of one's own lab, newest first.
#[utoipa::path(tag = "appointments", params(LabBookingFilter), responses((status = 200, body = Page<BookingView>)), security(("staff" = ["booking.decide"])))]
#[get("/staff/bookings")]
pub async fn list_lab_bookings(
    ctx: Ctx<perm::BookingDecide>,
    filter: Query<LabBookingFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_lab_bookings(&ctx, filter.0).await?)
}

/// Confirms a waiting booking of one's own lab.
#[utoipa::path(tag = "appointments", responses((status = 200, body = BookingView)), security(("staff" = ["booking.decide"])))]
#[post("/staff/bookings/{id}/confirmation")]
pub async fn confirm_booking(ctx: Ctx<perm::BookingDecide>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::confirm_booking(&ctx, id.0).await?)
}

/// Rejects a waiting booking of one's own lab, with a reason. The place is free again.
#[utoipa::path(tag = "appointments", responses((status = 200, body = BookingView)), security(("staff" = ["booking.decide"])))]
#[post("/staff/bookings/{id}/rejection")]
pub async fn reject_booking(
    ctx: Ctx<perm::BookingDecide>,
    id: Path<Uuid>,
    input: Json<RejectBooking>,
) -> AppResult<Reply> {
    Reply::ok(&service::reject_booking(&ctx, id.0, input.value).await?)
}
