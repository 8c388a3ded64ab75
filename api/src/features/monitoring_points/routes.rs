use actix_web::{get, post, put};
use uuid::Uuid;

use super::dto::{
    CreateMonitoringPoint, MonitoringPointView, PointFilter, SetMonitoringPointStatus,
};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{AppResult, Json, Path, Query, Reply};

/// The monitoring points of one's regions and one's own, newest first.
#[utoipa::path(tag = "monitoring_points", params(PointFilter), responses((status = 200, body = Page<MonitoringPointView>)), security(("staff" = ["monitoring_point.read"])))]
#[get("/staff/monitoring-points")]
pub async fn list_monitoring_points(
    ctx: Ctx<perm::MonitoringPointRead>,
    filter: Query<PointFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_monitoring_points(&ctx, filter.0).await?)
}

/// One monitoring point.
#[utoipa::path(tag = "monitoring_points", responses((status = 200, body = MonitoringPointView)), security(("staff" = ["monitoring_point.read"])))]
#[get("/staff/monitoring-points/{id}")]
pub async fn get_monitoring_point(
    ctx: Ctx<perm::MonitoringPointRead>,
    id: Path<Uuid>,
) -> AppResult<Reply> {
    Reply::ok(&service::get_monitoring_point(&ctx, id.0).await?)
}

/// Registers a monitoring point in one of one's regions.
#[utoipa::path(tag = "monitoring_points", responses((status = 201, body = MonitoringPointView)), security(("staff" = ["monitoring_point.manage"])))]
#[post("/staff/monitoring-points")]
pub async fn create_monitoring_point(
    ctx: Ctx<perm::MonitoringPointManage>,
    input: Json<CreateMonitoringPoint>,
) -> AppResult<Reply> {
    Reply::json(201, &service::create_monitoring_point(&ctx, input.value).await?)
}

/// Closes a monitoring point or opens it again.
#[utoipa::path(tag = "monitoring_points", responses((status = 200, body = MonitoringPointView)), security(("staff" = ["monitoring_point.manage"])))]
#[put("/staff/monitoring-points/{id}/status")]
pub async fn set_monitoring_point_status(
    ctx: Ctx<perm::MonitoringPointManage>,
    id: Path<Uuid>,
    input: Json<SetMonitoringPointStatus>,
) -> AppResult<Reply> {
    Reply::ok(&service::set_monitoring_point_status(&ctx, id.0, input.value).await?)
}
