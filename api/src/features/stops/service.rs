use entity::lab::LabStatus;
use entity::stop::{self, StopStatus};
use sea_orm::Set;
use serde_json::{Value, json};
use uuid::Uuid;

use super::dto::{CancelStop, CreateStop, StaffStopFilter, StopFilter, StopView, UpdateStop};
use super::jobs::{CallOffStop, TellOfPlace};
use super::model::held_on;
use super::queries::{self, Content, Search, StaffSearch};
use crate::app::App;
use crate::features::appointments::service::{
    CallOff, call_off_stop, close_stop, has_slots_outside, place_settles,
};
use crate::features::labs::service::require_lab;
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::to_micros;
use crate::platform::db::{AuditActor, Page, Tx};
use crate::platform::geo::{Location, candidates, nearest};
use crate::platform::http::{AppError, AppResult, ErrorCode, MaybeIfMatch};
use crate::platform::jobs::Schedule;

pub async fn list_stops(ctx: &Ctx<perm::Public>, filter: StopFilter) -> AppResult<Page<StopView>> {
    let db = &ctx.app.db;
    let (cursor, limit) = filter.page().parse()?;
    if let Some(code) = &filter.region {
        require_region(db, code, "region").await?;
    }
    let search = Search {
        region_prefix: filter.region,
        kind: filter.kind,
        lab_id: filter.lab_id,
        on: filter.on,
        after: ctx.now,
    };
    let Some(near) = filter.near else {
        let rows = queries::page_ahead(db, &search, cursor, limit).await?;
        return Ok(Page::build(rows, limit, |row| (row.starts_at, row.id), StopView::from));
    };
    let here = Location::parse(&near, "near")?;
    if cursor.is_some() {
        return Err(ErrorCode::InvalidCursor.into());
    }
    let rows = queries::near(db, &search, here, candidates(limit)).await?;
    let place = |row: &stop::Model| Location::from_e6(row.latitude_e6, row.longitude_e6);
    let view = |(row, metres): (stop::Model, u32)| StopView {
        distance_metres: Some(metres),
        ..StopView::from(row)
    };
    let items = nearest(here, rows, limit, place).into_iter().map(view).collect();
    Ok(Page { items, next_cursor: None })
}

pub async fn get_stop(ctx: &Ctx<perm::Public>, id: Uuid) -> AppResult<StopView> {
    let not_found = || AppError::new(ErrorCode::NotFound);
    let stop = queries::by_id(&ctx.app.db, id).await?.ok_or_else(not_found)?;
    let lab = require_lab(&ctx.app.db, stop.lab_id).await?;
    if lab.status == LabStatus::Active { Ok(stop.into()) } else { Err(not_found()) }
}

pub async fn list_staff_stops(
    ctx: &Ctx<perm::StopManage>,
    filter: StaffStopFilter,
) -> AppResult<Page<StopView>> {
    let (cursor, limit) = filter.page().parse()?;
    let scope = ctx.actor.labs::<perm::StopManage>();
    let search = StaffSearch { status: filter.status, kind: filter.kind, on: filter.on };
    let rows = queries::staff_page(&ctx.app.db, &scope, &search, cursor, limit).await?;
    Ok(Page::build(rows, limit, |row| (row.starts_at, row.id), StopView::from))
}

pub async fn get_staff_stop(ctx: &Ctx<perm::StopManage>, id: Uuid) -> AppResult<StopView> {
    let stop = queries::in_scope(&ctx.app.db, &ctx.actor.labs::<perm::StopManage>(), id).await?;
    Ok(stop.ok_or_else(|| AppError::new(ErrorCode::NotFound))?.into())
}

pub async fn create_stop(ctx: &Ctx<perm::StopManage>, input: CreateStop) -> AppResult<StopView> {
    let (lab_id, input) = input.split();
    if !ctx.actor.labs::<perm::StopManage>().covers(lab_id) {
        return Err(ErrorCode::NotFound.into());
    }
    require_lab(&ctx.app.db, lab_id).await?;
    let content = content(ctx, input).await?;
    let tx = ctx.begin().await?;
    let row = stop::ActiveModel {
        id: Set(tx.new_id()),
        lab_id: Set(lab_id),
        kind: Set(content.kind),
        name: Set(content.name),
        region_code: Set(content.region_code),
        address: Set(content.address),
        latitude_e6: Set(content.latitude_e6),
        longitude_e6: Set(content.longitude_e6),
        held_on: Set(content.held_on),
        starts_at: Set(content.starts_at),
        ends_at: Set(content.ends_at),
        status: Set(StopStatus::Planned),
        note: Set(content.note),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
        version: Set(0),
        ..stop::ActiveModel::default()
    };
    let stop = queries::insert(&tx, row).await?;
    tx.audit_change("stop.create", "stop", stop.id, &(), &stop, None).await?;
    tx.commit().await?;
    ctx.app.pages.forget_kind("stops");
    Ok(stop.into())
}

async fn content(ctx: &Ctx<perm::StopManage>, input: UpdateStop) -> AppResult<Content> {
    require_region(&ctx.app.db, &input.region_code, "region_code").await?;
    let (starts_at, ends_at) = (to_micros(input.starts_at), to_micros(input.ends_at));
    let (latitude_e6, longitude_e6) = input.location.map(Location::to_e6).unzip();
    Ok(Content {
        kind: input.kind,
        name: input.name,
        region_code: input.region_code,
        address: input.address,
        latitude_e6,
        longitude_e6,
        held_on: held_on(starts_at, ends_at, ctx.now)?,
        starts_at,
        ends_at,
        note: input.note,
    })
}

pub async fn update_stop(
    ctx: &Ctx<perm::StopManage>,
    id: Uuid,
    version: i32,
    input: UpdateStop,
) -> AppResult<StopView> {
    let content = content(ctx, input).await?;
    let mut tx = ctx.begin().await?;
    let before = locked(ctx, &tx, id).await?;
    planned(&before)?;
    // No slot is added meanwhile: who adds one locks the stop.
    if has_slots_outside(&tx, id, content.starts_at, content.ends_at).await? {
        return Err(ErrorCode::StopHasSlots.into());
    }
    let is_elsewhere = content.is_elsewhere(&before);
    if !queries::update(&tx, &before, version, content, ctx.now).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    if is_elsewhere {
        let settled = Schedule::at(ctx.now + place_settles(&ctx.app));
        tx.enqueue(&TellOfPlace { stop_id: id, changed_at: ctx.now }, settled).await?;
    }
    finish(&ctx.app, tx, &before, "stop.update", None).await
}

pub async fn cancel_stop(
    ctx: &Ctx<perm::StopManage>,
    id: Uuid,
    version: MaybeIfMatch,
    input: CancelStop,
) -> AppResult<StopView> {
    let why = (input.reason_code.as_str().to_owned(), input.reason);
    let mut tx = ctx.begin().await?;
    let before = end(ctx, &tx, id, version, StopStatus::Cancelled, Some(why)).await?;
    tx.enqueue(&CallOffStop { stop_id: id }, Schedule::now()).await?;
    let details = json!({ "reason_code": input.reason_code });
    finish(&ctx.app, tx, &before, "stop.cancel", Some(details)).await
}

pub async fn complete_stop(
    ctx: &Ctx<perm::StopManage>,
    id: Uuid,
    version: MaybeIfMatch,
) -> AppResult<StopView> {
    let tx = ctx.begin().await?;
    let before = end(ctx, &tx, id, version, StopStatus::Done, None).await?;
    if before.starts_at > ctx.now {
        return Err(ErrorCode::StopNotBegun.into());
    }
    finish(&ctx.app, tx, &before, "stop.complete", None).await
}

/// Ends a planned stop and closes its slots. Gives the stop as it was.
async fn end(
    ctx: &Ctx<perm::StopManage>,
    tx: &Tx,
    id: Uuid,
    version: MaybeIfMatch,
    status: StopStatus,
    why: Option<(String, String)>,
) -> AppResult<stop::Model> {
    let before = locked(ctx, tx, id).await?;
    planned(&before)?;
    let is_stale = version.0.is_some_and(|version| version != before.version);
    if is_stale || !queries::end(tx, &before, status, why, ctx.now).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    close_stop(tx, id).await?;
    Ok(before)
}

async fn locked(ctx: &Ctx<perm::StopManage>, tx: &Tx, id: Uuid) -> AppResult<stop::Model> {
    let stop = queries::locked_in_scope(tx, &ctx.actor.labs::<perm::StopManage>(), id).await?;
    stop.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

fn planned(stop: &stop::Model) -> AppResult<()> {
    let is_planned = stop.status == StopStatus::Planned;
    if is_planned { Ok(()) } else { Err(ErrorCode::StopNotPlanned.into()) }
}

async fn finish(
    app: &App,
    tx: Tx,
    before: &stop::Model,
    action: &str,
    details: Option<Value>,
) -> AppResult<StopView> {
    let after = queries::by_id(&tx, before.id).await?;
    let after = after.ok_or_else(|| AppError::internal("a stop vanished"))?;
    tx.audit_change(action, "stop", before.id, before, &after, details).await?;
    tx.commit().await?;
    app.pages.forget_kind("stops");
    Ok(after.into())
}

/// Cancels a batch of the bookings at a cancelled stop, and asks for the next while there are any.
pub(super) async fn call_off(app: &App, stop_id: Uuid) -> AppResult<()> {
    let stop = queries::by_id(&app.db, stop_id).await?;
    let Some(stop) = stop.filter(|stop| stop.status == StopStatus::Cancelled) else {
        return Ok(());
    };
    let why = CallOff { reason_code: stop.cancel_reason_code, reason: stop.cancel_reason };
    if call_off_stop(app, stop_id, &why).await? {
        let mut tx = app.begin(AuditActor::System).await?;
        tx.enqueue(&CallOffStop { stop_id }, Schedule::now()).await?;
        tx.commit().await?;
    }
    Ok(())
}
