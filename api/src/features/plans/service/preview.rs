use std::collections::HashSet;

use entity::plan::PlanStatus;
use entity::slot;
use uuid::Uuid;

use super::{checked, district, stored, timetable};
use crate::features::appointments::PlannedSlot;
use crate::features::appointments::service::{list_stranded, slots_of_plan, taken_times};
use crate::features::labs::service::{require_lab, require_lab_service};
use crate::features::plans::dto::{
    PlanChangePreview, PlanPreview, PlannedSlotView, PreviewPlan, PreviewPlanChange,
};
use crate::features::plans::model::MOST_SLOTS;
use crate::features::plans::{policy, queries};
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::local_date;
use crate::platform::db::PageQuery;
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// Slots that a preview shows one by one.
const SHOWN: usize = 200;

pub async fn preview_plan(
    ctx: &Ctx<perm::SlotManage>,
    input: PreviewPlan,
) -> AppResult<PlanPreview> {
    let db = &ctx.app.db;
    let service = require_lab_service(db, input.service_id).await?;
    policy::of_own_lab(&ctx.actor, service.lab_id)?;
    let lab = require_lab(db, service.lab_id).await?;
    let slots = checked(&ctx.app, &input.rule, None, district(&lab.region_code), ctx.now)?;
    let taken = taken_times(db, service.id, &slots).await?;
    let show = |slot: &PlannedSlot| PlannedSlotView::of(slot, taken.contains(&slot.starts_at));
    Ok(PlanPreview {
        slots_total: slots.len(),
        slots: slots.iter().take(SHOWN).map(show).collect(),
    })
}

pub async fn preview_plan_change(
    ctx: &Ctx<perm::SlotManage>,
    id: Uuid,
    page: PageQuery,
    input: PreviewPlanChange,
) -> AppResult<PlanChangePreview> {
    let (cursor, limit) = page.parse()?;
    let (app, db) = (&ctx.app, &ctx.app.db);
    let scope = policy::labs(&ctx.actor);
    let plan = queries::of_labs(db, &scope, id).await?;
    let plan = plan.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let lab = require_lab(db, plan.lab_id).await?;
    let (old, code) = (stored(&plan)?, district(&lab.region_code));
    let mut created = checked(app, &input.rule, Some(&old), code, ctx.now)?;
    // An older horizon may have reached further than the limit of one rule.
    let most = u64::try_from(2 * MOST_SLOTS).unwrap_or(u64::MAX);
    let there = slots_of_plan(db, id, ctx.now, most).await?;
    let timetable = timetable(app, &input.rule, code)?;
    let wanted = match (there.last(), input.status) {
        (None, _) | (_, PlanStatus::Ended) => Vec::new(),
        // The horizon is where generation ends, not where a slot does.
        (Some(last), _) => timetable.slots(local_date(ctx.now), last.starts_on),
    };
    let find = |slot: &slot::Model| {
        let place = wanted.binary_search_by_key(&slot.starts_at, |planned| planned.starts_at);
        place.ok().and_then(|at| wanted.get(at))
    };
    let differs = |slot: &&slot::Model| find(slot).is_some_and(|w| w.fitted(slot) != **slot);
    let adjusted_total = there.iter().filter(differs).count();
    let own: HashSet<_> = there.iter().map(|slot| slot.starts_at).collect();
    let withdrawn: Vec<_> = there.into_iter().filter(|slot| find(slot).is_none()).collect();
    let withdrawn_total = withdrawn.len();
    if input.status != PlanStatus::Active {
        created.clear();
    }
    created.retain(|slot| !own.contains(&slot.starts_at));
    let taken = taken_times(db, plan.service_id, &created).await?;
    let show = |slot: &PlannedSlot| PlannedSlotView::of(slot, taken.contains(&slot.starts_at));
    let (stranded_total, stranded) = list_stranded(app, &scope, withdrawn, cursor, limit).await?;
    Ok(PlanChangePreview {
        created_total: created.len(),
        created: created.iter().take(SHOWN).map(show).collect(),
        withdrawn_total,
        adjusted_total,
        stranded_total,
        stranded,
    })
}
