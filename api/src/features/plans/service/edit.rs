use entity::plan::{self, ChangeStep, OnStranded, PlanStatus};
use uuid::Uuid;

use super::{checked, district, stored, view};
use crate::features::appointments::service::count_slots_of_plan;
use crate::features::labs::service::{require_lab, require_lab_service};
use crate::features::plans::dto::{CreatePlan, PlanFilter, PlanView, UpdatePlan};
use crate::features::plans::jobs::{ApplyPlan, GeneratePlan};
use crate::features::plans::policy;
use crate::features::plans::queries::{self, PlanQuery};
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};
use crate::platform::jobs::Schedule;

pub async fn list_plans(
    ctx: &Ctx<perm::SlotManage>,
    filter: PlanFilter,
) -> AppResult<Page<PlanView>> {
    let (cursor, limit) = filter.page().parse()?;
    let scope = policy::labs(&ctx.actor);
    let query =
        PlanQuery { lab_id: filter.lab_id, service_id: filter.service_id, status: filter.status };
    let rows = queries::page(&ctx.app.db, &scope, query, cursor, limit).await?;
    let page = Page::build(rows, limit, |row| (row.created_at, row.id), view);
    let items = page.items.into_iter().collect::<AppResult<_>>()?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

pub async fn get_plan(ctx: &Ctx<perm::SlotManage>, id: Uuid) -> AppResult<PlanView> {
    let row = queries::of_labs(&ctx.app.db, &policy::labs(&ctx.actor), id).await?;
    view(row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?)
}

pub async fn create_plan(ctx: &Ctx<perm::SlotManage>, input: CreatePlan) -> AppResult<PlanView> {
    let service = require_lab_service(&ctx.app.db, input.service_id).await?;
    policy::of_own_lab(&ctx.actor, service.lab_id)?;
    let lab = require_lab(&ctx.app.db, service.lab_id).await?;
    checked(&ctx.app, &input.rule, None, district(&lab.region_code), ctx.now)?;
    let mut tx = ctx.begin().await?;
    let row = plan::Model {
        id: tx.new_id(),
        lab_id: service.lab_id,
        service_id: service.id,
        title: input.title,
        status: PlanStatus::Active,
        created_at: ctx.now,
        updated_at: ctx.now,
        ..plan::Model::default()
    };
    let row = input.rule.store(row).map_err(AppError::internal)?;
    queries::insert(&tx, row.clone()).await?;
    tx.audit_change("plan.create", "plan", row.id, &(), &row, None).await?;
    tx.enqueue(&GeneratePlan { plan_id: row.id }, Schedule::now()).await?;
    tx.commit().await?;
    view(row)
}

/// Stores the change and asks for it to be carried out.
///
/// # Errors
/// `stale_version`; `plan_changing` while the change before is being carried out.
pub async fn update_plan(
    ctx: &Ctx<perm::SlotManage>,
    id: Uuid,
    version: i32,
    input: UpdatePlan,
) -> AppResult<PlanView> {
    if input.on_stranded != OnStranded::Keep && input.reason.is_none() {
        return Err(FieldError::new("reason", "required", "移动或取消预约时必填").into());
    }
    let (app, scope) = (&ctx.app, policy::labs(&ctx.actor));
    let not_found = || AppError::new(ErrorCode::NotFound);
    let seen = queries::of_labs(&app.db, &scope, id).await?.ok_or_else(not_found)?;
    let lab = require_lab(&app.db, seen.lab_id).await?;
    let old = stored(&seen)?;
    checked(app, &input.rule, Some(&old), district(&lab.region_code), ctx.now)?;
    let mut tx = ctx.begin().await?;
    let before = queries::locked_of_labs(&tx, &scope, id).await?.ok_or_else(not_found)?;
    if before.version != version {
        return Err(ErrorCode::StaleVersion.into());
    }
    if before.change_step.is_some() {
        return Err(ErrorCode::PlanChanging.into());
    }
    let total = count_slots_of_plan(&tx, id, ctx.now).await?;
    let after = plan::Model {
        title: input.title,
        status: input.status,
        updated_at: ctx.now,
        version: before.version + 1,
        change_step: Some(ChangeStep::Slots),
        change_cursor: None,
        changed_by: Some(ctx.actor.staff_id),
        on_stranded: Some(input.on_stranded),
        change_reason: input.reason,
        slots_total: i32::try_from(total).unwrap_or(i32::MAX),
        slots_done: 0,
        bookings_moved: 0,
        bookings_cancelled: 0,
        bookings_kept: 0,
        ..input.rule.store(before.clone()).map_err(AppError::internal)?
    };
    queries::replace(&tx, after.clone()).await?;
    tx.audit_change("plan.update", "plan", id, &before, &after, None).await?;
    tx.enqueue(&ApplyPlan { plan_id: id, version: after.version }, Schedule::now()).await?;
    tx.commit().await?;
    view(after)
}
