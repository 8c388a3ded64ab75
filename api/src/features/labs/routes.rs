use actix_web::{get, post, put};
use uuid::Uuid;

use super::dto::{CreateLab, CreateLabService, LabFilter, LabSummary, LabView, SetLabStatus};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{AppResult, Json, Path, Query, Reply};

/// Labs that take bookings, newest first.
#[utoipa::path(tag = "labs", params(LabFilter), responses((status = 200, body = Page<LabSummary>)))]
#[get("/labs")]
pub async fn list_labs(ctx: Ctx<perm::Public>, filter: Query<LabFilter>) -> AppResult<Reply> {
    Reply::ok(&service::list_labs(&ctx, filter.0).await?)
}

/// One lab with its services.
#[utoipa::path(tag = "labs", responses((status = 200, body = LabView)))]
#[get("/labs/{id}")]
pub async fn get_lab(ctx: Ctx<perm::Public>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::get_lab(&ctx, id.0).await?)
}

/// Registers a lab.
#[utoipa::path(tag = "labs", responses((status = 201, body = LabView)), security(("staff" = ["lab.manage"])))]
#[post("/staff/labs")]
pub async fn create_lab(ctx: Ctx<perm::LabManage>, input: Json<CreateLab>) -> AppResult<Reply> {
    Reply::json(201, &service::create_lab(&ctx, input.value).await?)
}

/// Suspends a lab or lets it work again. A suspended one takes no bookings.
#[utoipa::path(tag = "labs", responses((status = 200, body = LabView)), security(("staff" = ["lab.manage"])))]
#[put("/staff/labs/{id}/status")]
pub async fn set_lab_status(
    ctx: Ctx<perm::LabManage>,
    id: Path<Uuid>,
    input: Json<SetLabStatus>,
) -> AppResult<Reply> {
    Reply::ok(&service::set_lab_status(&ctx, id.0, input.value).await?)
}

/// Adds a service to a lab.
#[utoipa::path(tag = "labs", responses((status = 201, body = LabView)), security(("staff" = ["lab.manage"])))]
#[post("/staff/labs/{id}/services")]
pub async fn create_lab_service(
    ctx: Ctx<perm::LabManage>,
    id: Path<Uuid>,
    input: Json<CreateLabService>,
) -> AppResult<Reply> {
    Reply::json(201, &service::create_lab_service(&ctx, id.0, input.value).await?)
}
