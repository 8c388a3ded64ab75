use actix_web::{get, post};
use uuid::Uuid;

use crate::features::appointments::dto::{
    BookingDetail, BookingView, BulkConfirmation, CancelByStaff, CheckIn, ConfirmBookings,
    CreateLabBooking, CreateSlot, DecideVoid, DiscloseVisitors, LabBookingFilter, RejectBooking,
    SlotView, Visitors,
};
use crate::features::appointments::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{AppResult, IdempotencyKey, Json, MaybeIfMatch, Path, Query, Reply};

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
#[utoipa::path(tag = "appointments", params(LabBookingFilter), responses((status = 200, body = Page<BookingView>)), security(("staff" = ["booking.read"])))]
#[get("/staff/bookings")]
pub async fn list_lab_bookings(
    ctx: Ctx<perm::BookingRead>,
    filter: Query<LabBookingFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_lab_bookings(&ctx, filter.0).await?)
}

/// A booking of one's own lab with its roster and timeline.
#[utoipa::path(tag = "appointments", responses((status = 200, body = BookingDetail)), security(("staff" = ["booking.read"])))]
#[get("/staff/bookings/{id}")]
pub async fn get_lab_booking(ctx: Ctx<perm::BookingRead>, id: Path<Uuid>) -> AppResult<Reply> {
    let detail = service::get_lab_booking(&ctx, id.0).await?;
    Ok(Reply::ok(&detail)?.versioned(detail.booking.version))
}

/// Whom a booking of one's own lab is for, in clear, for a reason. The look is audited.
#[utoipa::path(tag = "appointments", responses((status = 201, body = Visitors)), security(("staff" = ["identity.read"])))]
#[post("/staff/bookings/{id}/disclosures")]
pub async fn disclose_visitors(
    ctx: Ctx<perm::IdentityRead>,
    id: Path<Uuid>,
    input: Json<DiscloseVisitors>,
) -> AppResult<Reply> {
    Reply::json(201, &service::disclose_visitors(&ctx, id.0, input.value).await?)
}

/// Books for somebody who called or came, on the places kept for them. It is confirmed at once.
#[utoipa::path(tag = "appointments", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = BookingView)), security(("staff" = ["booking.create"])))]
#[post("/staff/bookings")]
pub async fn create_lab_booking(
    ctx: Ctx<perm::BookingCreate>,
    key: IdempotencyKey,
    input: Json<CreateLabBooking>,
) -> AppResult<Reply> {
    service::create_lab_booking(&ctx, &key, &input.digest, input.value).await
}

/// Confirms up to a hundred waiting bookings, each by itself.
#[utoipa::path(tag = "appointments", responses((status = 200, body = BulkConfirmation)), security(("staff" = ["booking.decide"])))]
#[post("/staff/booking-confirmations")]
pub async fn confirm_bookings(
    ctx: Ctx<perm::BookingDecide>,
    input: Json<ConfirmBookings>,
) -> AppResult<Reply> {
    Reply::ok(&service::confirm_bookings(&ctx, input.value).await?)
}

/// Lets a visitor of one's own lab in, by the QR code or by code and PIN.
#[utoipa::path(tag = "appointments", responses((status = 200, body = BookingView)), security(("staff" = ["booking.decide"])))]
#[post("/staff/check-ins")]
pub async fn check_in(ctx: Ctx<perm::BookingDecide>, input: Json<CheckIn>) -> AppResult<Reply> {
    Reply::ok(&service::check_in(&ctx, input.value).await?)
}

/// Confirms a waiting booking of one's own lab.
#[utoipa::path(tag = "appointments", params(("If-Match" = Option<String>, Header)), responses((status = 200, body = BookingView)), security(("staff" = ["booking.decide"])))]
#[post("/staff/bookings/{id}/confirmation")]
pub async fn confirm_booking(
    ctx: Ctx<perm::BookingDecide>,
    id: Path<Uuid>,
    version: MaybeIfMatch,
) -> AppResult<Reply> {
    Reply::ok(&service::confirm_booking(&ctx, id.0, version).await?)
}

/// Rejects a waiting booking of one's own lab, with a reason. The place is free again.
#[utoipa::path(tag = "appointments", params(("If-Match" = Option<String>, Header)), responses((status = 200, body = BookingView)), security(("staff" = ["booking.decide"])))]
#[post("/staff/bookings/{id}/rejection")]
pub async fn reject_booking(
    ctx: Ctx<perm::BookingDecide>,
    id: Path<Uuid>,
    version: MaybeIfMatch,
    input: Json<RejectBooking>,
) -> AppResult<Reply> {
    Reply::ok(&service::reject_booking(&ctx, id.0, version, input.value).await?)
}

/// Cancels a confirmed booking of one's own lab, with a reason. Its owner goes first elsewhere.
#[utoipa::path(tag = "appointments", params(("If-Match" = Option<String>, Header)), responses((status = 200, body = BookingView)), security(("staff" = ["booking.decide"])))]
#[post("/staff/bookings/{id}/cancellation")]
pub async fn cancel_lab_booking(
    ctx: Ctx<perm::BookingDecide>,
    id: Path<Uuid>,
    version: MaybeIfMatch,
    input: Json<CancelByStaff>,
) -> AppResult<Reply> {
    Reply::ok(&service::cancel_lab_booking(&ctx, id.0, version, input.value).await?)
}

/// Cancels a confirmed booking of any lab, as when a whole event is called off.
#[utoipa::path(tag = "appointments", params(("If-Match" = Option<String>, Header)), responses((status = 200, body = BookingView)), security(("staff" = ["booking.oversee"])))]
#[post("/staff/supervised-bookings/{id}/withdrawal")]
pub async fn withdraw_booking(
    ctx: Ctx<perm::BookingOversee>,
    id: Path<Uuid>,
    version: MaybeIfMatch,
    input: Json<CancelByStaff>,
) -> AppResult<Reply> {
    Reply::ok(&service::withdraw_booking(&ctx, id.0, version, input.value).await?)
}

/// Asks for a booking to be voided that should never have existed. A second person decides.
#[utoipa::path(tag = "appointments", params(("If-Match" = Option<String>, Header)), responses((status = 200, body = BookingView)), security(("staff" = ["booking.oversee"])))]
#[post("/staff/supervised-bookings/{id}/void-request")]
pub async fn request_void(
    ctx: Ctx<perm::BookingOversee>,
    id: Path<Uuid>,
    version: MaybeIfMatch,
    input: Json<DecideVoid>,
) -> AppResult<Reply> {
    Reply::ok(&service::request_void(&ctx, id.0, version, input.value).await?)
}

/// Voids a booking that somebody else asked to be voided.
#[utoipa::path(tag = "appointments", params(("If-Match" = Option<String>, Header)), responses((status = 200, body = BookingView)), security(("staff" = ["booking.oversee"])))]
#[post("/staff/supervised-bookings/{id}/void-approval")]
pub async fn void_booking(
    ctx: Ctx<perm::BookingOversee>,
    id: Path<Uuid>,
    version: MaybeIfMatch,
) -> AppResult<Reply> {
    Reply::ok(&service::void_booking(&ctx, id.0, version).await?)
}
