use actix_web::{HttpRequest, HttpResponse, get, post};
use uuid::Uuid;

use super::dto::{
    BookingExportView, BookingStatistics, CalendarFeedView, CreateBookingExport,
    CreateCalendarFeed, NewCalendarFeed, SampleStatistics, SampleStatisticsQuery,
    ServiceLevelFilter, ServiceLevelView, StatisticsQuery,
};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, Json, Path, Query, Reply, attachment, tagged};

/// The media type of an XLSX workbook (ECMA-376).
const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// How fast labs answered and delivered in a month, by lab.
#[utoipa::path(tag = "desk", params(ServiceLevelFilter), responses((status = 200, body = Page<ServiceLevelView>)), security(("staff" = ["booking.statistics"])))]
#[get("/staff/service-levels")]
pub async fn list_service_levels(
    ctx: Ctx<perm::BookingStatistics>,
    filter: Query<ServiceLevelFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_service_levels(&ctx, filter.0).await?)
}

/// Bookings by place or service and by what became of them.
#[utoipa::path(tag = "desk", params(StatisticsQuery), responses((status = 200, body = BookingStatistics)), security(("staff" = ["booking.statistics"])))]
#[get("/staff/booking-statistics")]
pub async fn get_booking_statistics(
    ctx: Ctx<perm::BookingStatistics>,
    query: Query<StatisticsQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::get_booking_statistics(&ctx, query.0).await?)
}

/// Samples by class of products, place or service and by what was found.
#[utoipa::path(tag = "desk", params(SampleStatisticsQuery), responses((status = 200, body = SampleStatistics)), security(("staff" = ["booking.statistics"])))]
#[get("/staff/sample-statistics")]
pub async fn get_sample_statistics(
    ctx: Ctx<perm::BookingStatistics>,
    query: Query<SampleStatisticsQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::get_sample_statistics(&ctx, query.0).await?)
}

/// Begins a sheet of bookings, without names and phones. One at a time for each member of staff.
#[utoipa::path(tag = "desk", responses((status = 202, body = BookingExportView)), security(("staff" = ["booking.export"])))]
#[post("/staff/exports")]
pub async fn create_booking_export(
    ctx: Ctx<perm::BookingExport>,
    input: Json<CreateBookingExport>,
) -> AppResult<Reply> {
    Reply::json(202, &service::create_booking_export(&ctx, input.value).await?)
}

/// One's own sheets, newest first.
#[utoipa::path(tag = "desk", params(PageQuery), responses((status = 200, body = Page<BookingExportView>)), security(("staff" = ["booking.export"])))]
#[get("/staff/exports")]
pub async fn list_booking_exports(
    ctx: Ctx<perm::BookingExport>,
    page: Query<PageQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_booking_exports(&ctx, page.0).await?)
}

/// How one's own sheet stands.
#[utoipa::path(tag = "desk", responses((status = 200, body = BookingExportView)), security(("staff" = ["booking.export"])))]
#[get("/staff/exports/{id}")]
pub async fn get_booking_export(ctx: Ctx<perm::BookingExport>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::get_booking_export(&ctx, id.0).await?)
}

/// The file of one's own sheet, until it expires. The download is audited.
#[utoipa::path(tag = "desk", responses((status = 200, body = [u8], content_type = "application/*")), security(("staff" = ["booking.export"])))]
#[get("/staff/exports/{id}/file")]
pub async fn download_booking_export(
    ctx: Ctx<perm::BookingExport>,
    id: Path<Uuid>,
) -> AppResult<HttpResponse> {
    let (bytes, parts) = service::download_booking_export(&ctx, id.0).await?;
    Ok(attachment(&format!("bookings-{}.xlsx", id.0), SHEET, bytes, parts))
}

/// Makes an address at which a calendar program reads the bookings of one's own lab.
#[utoipa::path(tag = "desk", responses((status = 201, body = NewCalendarFeed)), security(("staff" = ["calendar_feed.manage"])))]
#[post("/staff/calendar-feeds")]
pub async fn create_calendar_feed(
    ctx: Ctx<perm::CalendarFeedManage>,
    input: Json<CreateCalendarFeed>,
) -> AppResult<Reply> {
    Reply::json(201, &service::create_calendar_feed(&ctx, input.value).await?)
}

/// The feeds of one's own labs, newest first, without their addresses.
#[utoipa::path(tag = "desk", params(PageQuery), responses((status = 200, body = Page<CalendarFeedView>)), security(("staff" = ["calendar_feed.manage"])))]
#[get("/staff/calendar-feeds")]
pub async fn list_calendar_feeds(
    ctx: Ctx<perm::CalendarFeedManage>,
    page: Query<PageQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_calendar_feeds(&ctx, page.0).await?)
}

/// Ends a feed of one's own lab: its address leads nowhere from now on.
#[utoipa::path(tag = "desk", responses((status = 200, body = CalendarFeedView)), security(("staff" = ["calendar_feed.manage"])))]
#[post("/staff/calendar-feeds/{id}/revocation")]
pub async fn revoke_calendar_feed(
    ctx: Ctx<perm::CalendarFeedManage>,
    id: Path<Uuid>,
) -> AppResult<Reply> {
    Reply::ok(&service::revoke_calendar_feed(&ctx, id.0).await?)
}

/// A lab's bookings from a week ago to two months ahead, for whoever has the address.
#[utoipa::path(tag = "desk", params(("token" = String, Path)), responses((status = 200, body = String, content_type = "text/calendar"), (status = 304)))]
#[get("/calendars/{token}.ics")]
pub async fn get_lab_calendar(
    ctx: Ctx<perm::Public>,
    token: Path<String>,
    request: HttpRequest,
) -> AppResult<HttpResponse> {
    let calendar = service::get_lab_calendar(&ctx, &token.0).await?;
    Ok(tagged(&request, "text/calendar; charset=utf-8", calendar.into()))
}
