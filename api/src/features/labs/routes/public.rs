use actix_web::get;
use uuid::Uuid;

use crate::features::labs::dto::{LabFilter, LabView, NearLab};
use crate::features::labs::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{AppResult, Path, Query, Reply};

/// Labs at work, newest first, or with `near` the nearest first.
#[utoipa::path(tag = "labs", params(LabFilter), responses((status = 200, body = Page<NearLab>)))]
#[get("/labs")]
pub async fn list_labs(ctx: Ctx<perm::Public>, filter: Query<LabFilter>) -> AppResult<Reply> {
    Reply::ok(&service::list_labs(&ctx, filter.0).await?)
}

/// One lab with what it offers, what it can test, and what it is accredited for.
#[utoipa::path(tag = "labs", responses((status = 200, body = LabView)))]
#[get("/labs/{id}")]
pub async fn get_lab(ctx: Ctx<perm::Public>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::get_lab(&ctx, id.0).await?)
}
