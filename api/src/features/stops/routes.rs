use actix_web::{get, post, put};
use uuid::Uuid;

use super::dto::{CancelStop, CreateStop, StaffStopFilter, StopFilter, StopView, UpdateStop};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{AppResult, IfMatch, Json, MaybeIfMatch, Path, Query, Reply};

fn versioned(stop: &StopView) -> AppResult<Reply> {
    Ok(Reply::ok(stop)?.versioned(stop.version))
}

/// Where labs come to in the time ahead, next first, or with `near` the nearest first.
#[utoipa::path(tag = "stops", params(StopFilter), responses((status = 200, body = Page<StopView>)))]
#[get("/stops")]
pub async fn list_stops(ctx: Ctx<perm::Public>, filter: Query<StopFilter>) -> AppResult<Reply> {
    Reply::ok(&service::list_stops(&ctx, filter.0).await?)
}

/// One stop, also one that was cancelled. Its slots: `GET /slots?stop_id=`.
#[utoipa::path(tag = "stops", responses((status = 200, body = StopView)))]
#[get("/stops/{id}")]
pub async fn get_stop(ctx: Ctx<perm::Public>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::get_stop(&ctx, id.0).await?)
}

/// Stops of one's own lab, latest first.
#[utoipa::path(tag = "stops", params(StaffStopFilter), responses((status = 200, body = Page<StopView>)), security(("staff" = ["stop.manage"])))]
#[get("/staff/stops")]
pub async fn list_staff_stops(
    ctx: Ctx<perm::StopManage>,
    filter: Query<StaffStopFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_staff_stops(&ctx, filter.0).await?)
}

/// Plans a stop of one's own lab.
#[utoipa::path(tag = "stops", responses((status = 201, body = StopView)), security(("staff" = ["stop.manage"])))]
#[post("/staff/stops")]
pub async fn create_stop(ctx: Ctx<perm::StopManage>, input: Json<CreateStop>) -> AppResult<Reply> {
    let stop = service::create_stop(&ctx, input.value).await?;
    Ok(Reply::json(201, &stop)?.versioned(stop.version))
}

/// A stop of one's own lab.
#[utoipa::path(tag = "stops", responses((status = 200, body = StopView)), security(("staff" = ["stop.manage"])))]
#[get("/staff/stops/{id}")]
pub async fn get_staff_stop(ctx: Ctx<perm::StopManage>, id: Path<Uuid>) -> AppResult<Reply> {
    versioned(&service::get_staff_stop(&ctx, id.0).await?)
}

/// Changes a planned stop. Slots that somebody may come to must stay within its hours.
#[utoipa::path(tag = "stops", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = StopView)), security(("staff" = ["stop.manage"])))]
#[put("/staff/stops/{id}")]
pub async fn update_stop(
    ctx: Ctx<perm::StopManage>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<UpdateStop>,
) -> AppResult<Reply> {
    versioned(&service::update_stop(&ctx, id.0, version.0, input.value).await?)
}

/// Calls a planned stop off. Its slots close at once; its bookings are cancelled soon after, with a
/// notice to each resident, who goes first elsewhere.
#[utoipa::path(tag = "stops", params(("If-Match" = Option<String>, Header)), responses((status = 200, body = StopView)), security(("staff" = ["stop.manage"])))]
#[post("/staff/stops/{id}/cancellation")]
pub async fn cancel_stop(
    ctx: Ctx<perm::StopManage>,
    id: Path<Uuid>,
    version: MaybeIfMatch,
    input: Json<CancelStop>,
) -> AppResult<Reply> {
    versioned(&service::cancel_stop(&ctx, id.0, version, input.value).await?)
}

/// Says that a stop took place. Its slots take no more bookings.
#[utoipa::path(tag = "stops", params(("If-Match" = Option<String>, Header)), responses((status = 200, body = StopView)), security(("staff" = ["stop.manage"])))]
#[post("/staff/stops/{id}/completion")]
pub async fn complete_stop(
    ctx: Ctx<perm::StopManage>,
    id: Path<Uuid>,
    version: MaybeIfMatch,
) -> AppResult<Reply> {
    versioned(&service::complete_stop(&ctx, id.0, version).await?)
}
