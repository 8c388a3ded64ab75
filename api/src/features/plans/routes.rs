use actix_web::{get, post, put};
use uuid::Uuid;

use super::dto::{
    CreatePlan, PlanChangePreview, PlanFilter, PlanPreview, PlanView, PreviewPlan,
    PreviewPlanChange, UpdatePlan,
};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, IfMatch, Json, Path, Query, Reply};

/// Plans of one's own labs, newest first.
#[utoipa::path(tag = "plans", params(PlanFilter), responses((status = 200, body = Page<PlanView>)), security(("staff" = ["slot.manage"])))]
#[get("/staff/plans")]
pub async fn list_plans(ctx: Ctx<perm::SlotManage>, filter: Query<PlanFilter>) -> AppResult<Reply> {
    Reply::ok(&service::list_plans(&ctx, filter.0).await?)
}

/// Makes a plan. Its slots are generated soon after, and every hour what its horizon reaches then.
#[utoipa::path(tag = "plans", responses((status = 201, body = PlanView)), security(("staff" = ["slot.manage"])))]
#[post("/staff/plans")]
pub async fn create_plan(ctx: Ctx<perm::SlotManage>, input: Json<CreatePlan>) -> AppResult<Reply> {
    let view = service::create_plan(&ctx, input.value).await?;
    Ok(Reply::json(201, &view)?.versioned(view.version))
}

/// The slots that a plan would give now. Nothing is stored.
#[utoipa::path(tag = "plans", responses((status = 200, body = PlanPreview)), security(("staff" = ["slot.manage"])))]
#[post("/staff/plan-previews")]
pub async fn preview_plan(
    ctx: Ctx<perm::SlotManage>,
    input: Json<PreviewPlan>,
) -> AppResult<Reply> {
    Reply::ok(&service::preview_plan(&ctx, input.value).await?)
}

/// One plan, and how far its last change got.
#[utoipa::path(tag = "plans", responses((status = 200, body = PlanView)), security(("staff" = ["slot.manage"])))]
#[get("/staff/plans/{id}")]
pub async fn get_plan(ctx: Ctx<perm::SlotManage>, id: Path<Uuid>) -> AppResult<Reply> {
    let view = service::get_plan(&ctx, id.0).await?;
    Ok(Reply::ok(&view)?.versioned(view.version))
}

/// Changes a plan; `If-Match` names the version it started from. Slots and bookings follow soon
/// after, see `change`.
#[utoipa::path(tag = "plans", params(("If-Match" = String, Header, example = "\"3\"")), responses((status = 200, body = PlanView)), security(("staff" = ["slot.manage"])))]
#[put("/staff/plans/{id}")]
pub async fn update_plan(
    ctx: Ctx<perm::SlotManage>,
    id: Path<Uuid>,
    version: IfMatch,
    input: Json<UpdatePlan>,
) -> AppResult<Reply> {
    let view = service::update_plan(&ctx, id.0, version.0, input.value).await?;
    Ok(Reply::ok(&view)?.versioned(view.version))
}

/// What a change of a plan would do now: new slots, and bookings it would strand. Nothing is stored.
#[utoipa::path(tag = "plans", params(PageQuery), responses((status = 200, body = PlanChangePreview)), security(("staff" = ["slot.manage"])))]
#[post("/staff/plans/{id}/change-preview")]
pub async fn preview_plan_change(
    ctx: Ctx<perm::SlotManage>,
    id: Path<Uuid>,
    page: Query<PageQuery>,
    input: Json<PreviewPlanChange>,
) -> AppResult<Reply> {
    Reply::ok(&service::preview_plan_change(&ctx, id.0, page.0, input.value).await?)
}
