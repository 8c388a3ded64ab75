//! A change of a plan, carried out part by part: each run of the job does a bounded piece of work
//! and asks for the next, and what a piece did is noted in its own transaction.

use std::collections::HashMap;

use entity::plan::{self, ChangeStep, Column, OnStranded, PlanStatus};
use serde_json::json;
use uuid::Uuid;

use super::generate::fill;
use super::{district, stored, timetable};
use crate::app::App;
use crate::features::appointments::service::{
    PlanChange, Settled, cancel_stranded, count_stranded, fit_slots, move_stranded, nearest_slots,
    slots_of_plan, stranded_bookings,
};
use crate::features::labs::service::require_lab;
use crate::features::plans::jobs::ApplyPlan;
use crate::features::plans::queries;
use crate::platform::clock::local_date;
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::AppResult;
use crate::platform::jobs::Schedule;

/// Slots of one transaction.
const SLOTS_AT_ONCE: u64 = 20;
/// Bookings of one run, a transaction each.
const BOOKINGS_AT_ONCE: u64 = 20;
/// How many other times are tried before a booking is cancelled.
const TRIES: usize = 5;

/// The next part of a change. A change that another has overtaken, or that is done, is left alone.
pub async fn apply_change(app: &App, plan_id: Uuid, version: i32) -> AppResult<()> {
    let plan = queries::any_plan(&app.db, plan_id).await?;
    let Some(plan) = plan.filter(|plan| plan.version == version) else { return Ok(()) };
    match plan.change_step {
        Some(ChangeStep::Slots) => fit(app, &plan).await,
        Some(ChangeStep::Generate) => {
            if plan.status == PlanStatus::Active {
                fill(app, &plan).await?;
            }
            let Some(mut tx) = begin(app, &plan).await? else { return Ok(()) };
            queries::set_step(&tx, plan.id, Some(ChangeStep::Bookings)).await?;
            go_on(&mut tx, &plan).await?;
            Ok(tx.commit().await?)
        }
        Some(ChangeStep::Bookings) => settle_all(app, &plan).await,
        None => Ok(()),
    }
}

/// Begins a transaction on behalf of who changed the plan, under its lock. None: it went on without
/// us.
async fn begin(app: &App, plan: &plan::Model) -> AppResult<Option<Tx>> {
    let tx = app.begin(plan.changed_by.map_or(AuditActor::System, AuditActor::Staff)).await?;
    Ok(queries::lock_as_read(&tx, plan).await?.map(|_| tx))
}

async fn go_on(tx: &mut Tx, plan: &plan::Model) -> AppResult<()> {
    let next = ApplyPlan { plan_id: plan.id, version: plan.version };
    Ok(tx.enqueue(&next, Schedule::now()).await?)
}

/// Brings the next slots that are there in line with the plan.
async fn fit(app: &App, plan: &plan::Model) -> AppResult<()> {
    let lab = require_lab(&app.db, plan.lab_id).await?;
    let rule = stored(plan)?;
    let timetable = timetable(app, &rule, district(&lab.region_code))?;
    let Some(mut tx) = begin(app, plan).await? else { return Ok(()) };
    let now = tx.now();
    // Another run may have done what was next when we read the plan.
    let Some(current) = queries::any_plan(&tx, plan.id).await? else { return Ok(()) };
    let after = current.change_cursor.map_or(now, |cursor| cursor.max(now));
    let slots = slots_of_plan(&tx, plan.id, after, SLOTS_AT_ONCE).await?;
    if let (Some(first), Some(last)) = (slots.first(), slots.last()) {
        let wanted = match plan.status {
            PlanStatus::Ended => Vec::new(),
            PlanStatus::Active | PlanStatus::Paused => {
                timetable.slots(local_date(first.starts_at), local_date(last.starts_at))
            }
        };
        let wanted: HashMap<_, _> = wanted.into_iter().map(|s| (s.starts_at, s)).collect();
        let ids = slots.iter().map(|slot| slot.id).collect();
        fit_slots(app, &mut tx, ids, |starts_at| wanted.get(&starts_at).cloned()).await?;
        let count = i32::try_from(slots.len()).unwrap_or_default();
        queries::note_slots(&tx, plan.id, last.starts_at, count).await?;
    } else {
        queries::set_step(&tx, plan.id, Some(ChangeStep::Generate)).await?;
    }
    go_on(&mut tx, plan).await?;
    Ok(tx.commit().await?)
}

/// Moves or cancels the next bookings in withdrawn slots, or ends the change when none is left.
async fn settle_all(app: &App, plan: &plan::Model) -> AppResult<()> {
    let now = app.clock.now();
    let fate = plan.on_stranded.unwrap_or(OnStranded::Keep);
    let stranded = match fate {
        OnStranded::Keep => Vec::new(),
        OnStranded::Move | OnStranded::Cancel => {
            stranded_bookings(&app.db, plan.id, now, BOOKINGS_AT_ONCE).await?
        }
    };
    let is_over = stranded.is_empty();
    for booking_id in stranded {
        settle(app, plan, fate, booking_id).await?;
    }
    let Some(mut tx) = begin(app, plan).await? else { return Ok(()) };
    if is_over {
        finish(&tx, plan).await?;
    } else {
        go_on(&mut tx, plan).await?;
    }
    Ok(tx.commit().await?)
}

async fn settle(
    app: &App,
    plan: &plan::Model,
    fate: OnStranded,
    booking_id: Uuid,
) -> AppResult<()> {
    let change = PlanChange {
        staff_id: plan.changed_by,
        reason: plan.change_reason.clone().unwrap_or_default(),
    };
    let places = match fate {
        OnStranded::Move => nearest_slots(app, booking_id, app.clock.now(), TRIES).await?,
        OnStranded::Cancel | OnStranded::Keep => Vec::new(),
    };
    for to in places {
        let Some(mut tx) = begin(app, plan).await? else { return Ok(()) };
        match move_stranded(app, &mut tx, booking_id, to, &change).await? {
            Settled::Done => {
                queries::count_booking(&tx, plan.id, Column::BookingsMoved).await?;
                return Ok(tx.commit().await?);
            }
            Settled::NoPlace => {}
            Settled::Gone => return Ok(()),
        }
    }
    let Some(mut tx) = begin(app, plan).await? else { return Ok(()) };
    if cancel_stranded(app, &mut tx, booking_id, &change).await? == Settled::Done {
        queries::count_booking(&tx, plan.id, Column::BookingsCancelled).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn finish(tx: &Tx, plan: &plan::Model) -> AppResult<()> {
    let kept = count_stranded(tx, plan.id, tx.now()).await?;
    queries::set_kept(tx, plan.id, i32::try_from(kept).unwrap_or(i32::MAX)).await?;
    queries::set_step(tx, plan.id, None).await?;
    let details = json!({ "version": plan.version, "bookings_kept": kept });
    Ok(tx.audit("plan.apply", "plan", plan.id, Some(details)).await?)
}
