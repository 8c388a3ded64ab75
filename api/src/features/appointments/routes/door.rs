use actix_web::{HttpRequest, HttpResponse, get, post, put};
use uuid::Uuid;

use crate::features::appointments::dto::{
    BookingDetail, BookingView, CheckInList, CheckInListFilter, ScanReports, SetAttendance,
    SyncCheckIns, UndoNoShow, VisitFilter, VisitView,
};
use crate::features::appointments::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{
    AppResult, IfMatch, Json, MaybeIfMatch, Path, Query, Reply, tagged_json,
};

/// Who is expected at one's own lab on a day, in order of time. With an `ETag`.
#[utoipa::path(tag = "appointments", params(VisitFilter), responses((status = 200, body = Page<VisitView>), (status = 304)), security(("staff" = ["booking.read"])))]
#[get("/staff/visits")]
pub async fn list_visits(
    ctx: Ctx<perm::BookingRead>,
    filter: Query<VisitFilter>,
    request: HttpRequest,
) -> AppResult<HttpResponse> {
    tagged_json(&request, &service::list_visits(&ctx, filter.0).await?)
}

/// What a scanner needs to let visitors in without network. Each page that is handed out is audited.
#[utoipa::path(tag = "appointments", params(CheckInListFilter), responses((status = 200, body = CheckInList)), security(("staff" = ["booking.decide"])))]
#[get("/staff/check-in-lists")]
pub async fn issue_check_in_list(
    ctx: Ctx<perm::BookingDecide>,
    filter: Query<CheckInListFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::issue_check_in_list(&ctx, filter.0).await?)
}

/// Tells up to 500 scans that were made without network, each with its own outcome. Telling one again
/// changes nothing and gets the same outcome.
#[utoipa::path(tag = "appointments", responses((status = 200, body = ScanReports)), security(("staff" = ["booking.decide"])))]
#[post("/staff/check-in-syncs")]
pub async fn sync_check_ins(
    ctx: Ctx<perm::BookingDecide>,
    input: Json<SyncCheckIns>,
) -> AppResult<Reply> {
    Reply::ok(&service::sync_check_ins(&ctx, input.value).await?)
}

/// Completes a visit to one's own lab that left nothing to test, as a consultation or an open day.
#[utoipa::path(tag = "appointments", params(("If-Match" = Option<String>, Header)), responses((status = 200, body = BookingView)), security(("staff" = ["booking.decide"])))]
#[post("/staff/bookings/{id}/visit-end")]
pub async fn end_visit(
    ctx: Ctx<perm::BookingDecide>,
    id: Path<Uuid>,
    version: MaybeIfMatch,
) -> AppResult<Reply> {
    Reply::ok(&service::end_visit(&ctx, id.0, version).await?)
}

/// Corrects who of a group that visits one's own lab came; at the check-in all did.
#[utoipa::path(tag = "appointments", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = BookingDetail)), security(("staff" = ["booking.decide"])))]
#[put("/staff/bookings/{id}/attendance")]
pub async fn set_attendance(
    ctx: Ctx<perm::BookingDecide>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<SetAttendance>,
) -> AppResult<Reply> {
    let detail = service::set_attendance(&ctx, id.0, version.0, input.value).await?;
    Ok(Reply::ok(&detail)?.versioned(detail.booking.version))
}

/// Takes back that a visitor of one's own lab did not come. A pause that followed ends with it.
#[utoipa::path(tag = "appointments", params(("If-Match" = Option<String>, Header)), responses((status = 200, body = BookingView)), security(("staff" = ["booking.decide"])))]
#[post("/staff/bookings/{id}/no-show-correction")]
pub async fn undo_no_show(
    ctx: Ctx<perm::BookingDecide>,
    id: Path<Uuid>,
    version: MaybeIfMatch,
    input: Json<UndoNoShow>,
) -> AppResult<Reply> {
    Reply::ok(&service::undo_no_show(&ctx, id.0, version, input.value).await?)
}
