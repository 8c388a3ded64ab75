//! Slots that are missing are inserted. Nothing else is touched.

use entity::plan::{self, PlanStatus};
use uuid::Uuid;

use super::{district, stored, timetable};
use crate::app::App;
use crate::features::appointments::service::{SlotOwner, insert_planned, taken_times};
use crate::features::labs::service::require_lab;
use crate::features::plans::jobs::GeneratePlan;
use crate::features::plans::model::MOST_SLOTS;
use crate::features::plans::queries;
use crate::platform::clock::local_date;
use crate::platform::db::AuditActor;
use crate::platform::http::AppResult;
use crate::platform::jobs::Schedule;

/// Slots of one transaction.
const AT_ONCE: usize = 200;
/// Plans of one transaction that asks for their generation.
const PLANS_AT_ONCE: u64 = 100;

/// Asks for the generation of every active plan, once for the hour.
pub async fn generate_plans(app: &App) -> AppResult<()> {
    let hour = app.clock.now().format("%Y%m%d%H");
    let mut last = Uuid::nil();
    loop {
        let ids = queries::active_ids(&app.db, last, PLANS_AT_ONCE).await?;
        let Some(end) = ids.last() else { return Ok(()) };
        last = *end;
        let mut tx = app.begin(AuditActor::System).await?;
        for plan_id in ids {
            let once = Schedule::now().once(format!("plan.generate:{plan_id}@{hour}"));
            tx.enqueue(&GeneratePlan { plan_id }, once).await?;
        }
        tx.commit().await?;
    }
}

pub async fn generate_plan(app: &App, plan_id: Uuid) -> AppResult<()> {
    match queries::any_plan(&app.db, plan_id).await? {
        Some(plan) if plan.status == PlanStatus::Active => fill(app, &plan).await,
        _ => Ok(()),
    }
}

/// Inserts what is missing up to the horizon, for as long as the plan is as it was read.
pub(super) async fn fill(app: &App, plan: &plan::Model) -> AppResult<()> {
    let now = app.clock.now();
    let lab = require_lab(&app.db, plan.lab_id).await?;
    let rule = stored(plan)?;
    let timetable = timetable(app, &rule, district(&lab.region_code))?;
    let mut wanted = timetable.ahead(now, local_date(now));
    wanted.truncate(MOST_SLOTS);
    let taken = taken_times(&app.db, plan.service_id, &wanted).await?;
    wanted.retain(|slot| !taken.contains(&slot.starts_at));
    let owner = SlotOwner { plan_id: plan.id, lab_id: plan.lab_id, service_id: plan.service_id };
    for slots in wanted.chunks(AT_ONCE) {
        let tx = app.begin(AuditActor::System).await?;
        if queries::lock_as_read(&tx, plan).await?.is_none() {
            // A change has overtaken us and generates by itself.
            return Ok(());
        }
        insert_planned(&tx, owner, slots).await?;
        tx.commit().await?;
    }
    Ok(())
}
