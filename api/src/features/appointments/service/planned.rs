//! Slots on behalf of a plan: made when they are missing, brought in line when the plan changed.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::slot::{self, SlotStatus};
use sea_orm::{ConnectionTrait, Set};
use uuid::Uuid;

use super::take::expire_in_time;
use super::waitlist::places_freed;
use crate::app::App;
use crate::features::appointments::model::PlannedSlot;
use crate::features::appointments::queries;
use crate::platform::db::Tx;
use crate::platform::http::AppResult;

/// Whose slots they are.
#[derive(Clone, Copy, Debug)]
pub struct SlotOwner {
    pub plan_id: Uuid,
    pub lab_id: Uuid,
    pub service_id: Uuid,
}

/// Inserts slots that are not there yet; one of the service at the same time stays as it is.
///
/// # Errors
/// The rows cannot be written.
pub async fn insert_planned(tx: &Tx, owner: SlotOwner, slots: &[PlannedSlot]) -> AppResult<()> {
    let row = |planned: &PlannedSlot| slot::ActiveModel {
        id: Set(tx.new_id()),
        lab_id: Set(owner.lab_id),
        service_id: Set(owner.service_id),
        plan_id: Set(Some(owner.plan_id)),
        starts_at: Set(planned.starts_at),
        ends_at: Set(planned.ends_at),
        starts_on: Set(planned.starts_on),
        capacity: Set(planned.capacity),
        reserved_units: Set(planned.reserved_units),
        released_at: Set(planned.released_at),
        district_code: Set(planned.district_code.clone()),
        district_first_until: Set(planned.district_first_until),
        closes_at: Set(planned.closes_at),
        held: Set(0),
        booked: Set(0),
        status: Set(SlotStatus::Open),
        created_at: Set(tx.now()),
        version: Set(0),
        ..slot::ActiveModel::default()
    };
    Ok(queries::insert_absent(tx, slots.iter().map(row).collect()).await?)
}

/// When a service has slots, whoever made them.
///
/// # Errors
/// The database cannot be read.
pub async fn taken_times(
    conn: &impl ConnectionTrait,
    service_id: Uuid,
    slots: &[PlannedSlot],
) -> AppResult<HashSet<DateTime<Utc>>> {
    let (Some(first), Some(last)) = (slots.first(), slots.last()) else {
        return Ok(HashSet::new());
    };
    let times = queries::taken_times(conn, service_id, first.starts_at, last.starts_at).await?;
    Ok(times.into_iter().collect())
}

/// The slots of a plan that begin after an instant, next first.
///
/// # Errors
/// The database cannot be read.
pub async fn slots_of_plan(
    conn: &impl ConnectionTrait,
    plan_id: Uuid,
    after: DateTime<Utc>,
    limit: u64,
) -> AppResult<Vec<slot::Model>> {
    Ok(queries::slots_of_plan(conn, plan_id, after, limit).await?)
}

/// How many slots of a plan begin after an instant.
///
/// # Errors
/// The database cannot be read.
pub async fn count_slots_of_plan(
    conn: &impl ConnectionTrait,
    plan_id: Uuid,
    after: DateTime<Utc>,
) -> AppResult<u64> {
    Ok(queries::count_slots_of_plan(conn, plan_id, after).await?)
}

/// Brings slots in line with what their plan wants of them: those it wants are fitted, of the others
/// what was ever booked is withdrawn and the rest deleted. Bookings stay. Harmless when repeated.
///
/// # Errors
/// The rows cannot be written.
pub async fn fit_slots(
    app: &App,
    tx: &mut Tx,
    ids: Vec<Uuid>,
    wanted: impl Fn(DateTime<Utc>) -> Option<PlannedSlot>,
) -> AppResult<()> {
    for slot in queries::lock_slots(tx, ids).await? {
        let Some(planned) = wanted(slot.starts_at) else {
            if !queries::delete_unused(tx, slot.id).await? {
                queries::withdraw_slot(tx, slot.id).await?;
            }
            continue;
        };
        let fitted = planned.fitted(&slot);
        if fitted == slot {
            continue;
        }
        queries::set_planned(tx, fitted.clone()).await?;
        if fitted.ends_at != slot.ends_at {
            // Who has not come by the new end has not come.
            for booking in queries::confirmed_in(tx, slot.id).await? {
                expire_in_time(app, tx, &booking, &fitted).await?;
            }
        }
        places_freed(app, tx, slot.id).await?;
    }
    Ok(())
}
