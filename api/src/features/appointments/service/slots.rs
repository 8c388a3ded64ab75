use chrono::{DateTime, TimeDelta, Utc};
use entity::lab_service::ServiceStatus;
use entity::slot::{self, SlotStatus};
use entity::stop::StopStatus;
use sea_orm::Set;
use uuid::Uuid;

use super::rules;
use crate::features::appointments::dto::{CreateSlot, SlotFilter, SlotView};
use crate::features::appointments::policy;
use crate::features::appointments::queries::{self, SlotQuery};
use crate::features::labs::service::require_lab_service;
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::{local_date, to_micros};
use crate::platform::db::{Page, Tx, unique_violation};
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

/// The longest a slot may be.
const LONGEST: TimeDelta = TimeDelta::hours(24);

pub async fn list_slots(ctx: &Ctx<perm::Public>, filter: SlotFilter) -> AppResult<Page<SlotView>> {
    let (cursor, limit) = filter.page().parse()?;
    let horizon = TimeDelta::days(i64::from(ctx.app.config.appointments.horizon_days));
    let query = SlotQuery {
        lab_id: filter.lab_id,
        service_id: filter.service_id,
        stop_id: filter.stop_id,
        on: filter.on,
        now: ctx.now,
        not_before: ctx.now + rules(&ctx.app.config.appointments).cutoff,
        until: ctx.now + horizon,
    };
    let rows = queries::open_slots(&ctx.app.db, &query, cursor, limit).await?;
    Ok(Page::build(rows, limit, |row| (row.starts_at, row.id), SlotView::from))
}

pub async fn create_slot(ctx: &Ctx<perm::SlotManage>, input: CreateSlot) -> AppResult<SlotView> {
    let (starts_at, ends_at) = (to_micros(input.starts_at), to_micros(input.ends_at));
    if starts_at <= ctx.now {
        return Err(FieldError::new("starts_at", "out_of_range", "应晚于现在").into());
    }
    if ends_at <= starts_at || ends_at - starts_at > LONGEST {
        return Err(FieldError::new("ends_at", "out_of_range", "应在开始之后 24 小时之内").into());
    }
    if input.reserved_units > input.capacity {
        return Err(FieldError::new("reserved_units", "out_of_range", "不能多于总名额").into());
    }
    let fair = fair_release(ctx, &input, starts_at)?;
    let service = require_lab_service(&ctx.app.db, input.service_id).await?;
    policy::of_own_lab::<perm::SlotManage>(&ctx.actor, service.lab_id)?;
    if service.status == ServiceStatus::Closed {
        return Err(ErrorCode::LabServiceClosed.into());
    }
    if let Some(code) = &input.district_code {
        require_region(&ctx.app.db, code, "district_code").await?;
    }
    let tx = ctx.begin().await?;
    if let Some(stop_id) = input.stop_id {
        at_stop(&tx, stop_id, service.lab_id, starts_at, ends_at).await?;
    }
    let row = slot::ActiveModel {
        id: Set(tx.new_id()),
        lab_id: Set(service.lab_id),
        service_id: Set(service.id),
        starts_at: Set(starts_at),
        ends_at: Set(ends_at),
        starts_on: Set(local_date(starts_at)),
        capacity: Set(input.capacity),
        reserved_units: Set(input.reserved_units),
        stop_id: Set(input.stop_id),
        held: Set(0),
        booked: Set(0),
        status: Set(SlotStatus::Open),
        created_at: Set(ctx.now),
        version: Set(0),
        ..fair
    };
    let slot = match queries::insert_slot(&tx, row).await {
        Ok(slot) => slot,
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::SlotExists.into()),
        Err(cause) => return Err(cause.into()),
    };
    tx.audit_change("slot.create", "slot", slot.id, &(), &slot, None).await?;
    tx.commit().await?;
    Ok(slot.into())
}

/// A slot at a stop lies within the hours of a planned stop of the same lab. The stop stays locked, so
/// that it is neither moved nor cancelled meanwhile.
async fn at_stop(
    tx: &Tx,
    stop_id: Uuid,
    lab_id: Uuid,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
) -> AppResult<()> {
    let stop = queries::locked_stop(tx, stop_id).await?.filter(|stop| stop.lab_id == lab_id);
    let stop = stop.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    if stop.status != StopStatus::Planned {
        return Err(ErrorCode::StopNotPlanned.into());
    }
    if starts_at < stop.starts_at || ends_at > stop.ends_at {
        return Err(FieldError::new("stop_id", "out_of_range", "时段应在活动的时间之内").into());
    }
    Ok(())
}

/// When a slot opens, to whom first, and when it closes. Every instant lies before the next.
fn fair_release(
    ctx: &Ctx<perm::SlotManage>,
    input: &CreateSlot,
    starts_at: DateTime<Utc>,
) -> AppResult<slot::ActiveModel> {
    let closes_at = input.closes_at.map(to_micros);
    let released_at = input.released_at.map(to_micros);
    let first_until = input.district_first_until.map(to_micros);
    let out = |field, message| Err(FieldError::new(field, "out_of_range", message).into());
    if closes_at.is_some_and(|at| at <= ctx.now || at > starts_at) {
        return out("closes_at", "应晚于现在且不晚于开始");
    }
    let end = closes_at.unwrap_or(starts_at - rules(&ctx.app.config.appointments).cutoff);
    if released_at.is_some_and(|at| at >= end) {
        return out("released_at", "应早于停止预约的时间");
    }
    match (&input.district_code, first_until) {
        (None, None) => {}
        (Some(_), Some(until)) if until > released_at.unwrap_or(ctx.now) && until <= end => {}
        (Some(_), Some(_)) => {
            return out("district_first_until", "应在放号之后、停止预约之前");
        }
        (Some(_), None) => {
            let message = "请填写本地居民优先的截止时间";
            return Err(FieldError::new("district_first_until", "required", message).into());
        }
        (None, Some(_)) => {
            let message = "请填写优先的地区";
            return Err(FieldError::new("district_code", "required", message).into());
        }
    }
    Ok(slot::ActiveModel {
        released_at: Set(released_at),
        closes_at: Set(closes_at),
        district_code: Set(input.district_code.clone()),
        district_first_until: Set(first_until),
        ..slot::ActiveModel::default()
    })
}

/// No new bookings; those that exist stay.
pub async fn close_slot(ctx: &Ctx<perm::SlotManage>, id: Uuid) -> AppResult<SlotView> {
    let tx = ctx.begin().await?;
    let not_found = || AppError::new(ErrorCode::NotFound);
    let before = queries::slot(&tx, id).await?.ok_or_else(not_found)?;
    policy::of_own_lab::<perm::SlotManage>(&ctx.actor, before.lab_id)?;
    queries::close_slot(&tx, id).await?;
    let slot = queries::slot(&tx, id).await?.ok_or_else(not_found)?;
    tx.audit_change("slot.close", "slot", id, &before, &slot, None).await?;
    tx.commit().await?;
    Ok(slot.into())
}
