use entity::monitoring_point::{self, PointStatus};
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::dto::{
    CreateMonitoringPoint, MonitoringPointView, PointFilter, SetMonitoringPointStatus,
};
use super::{policy, queries};
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, unique_violation};
use crate::platform::http::{AppError, AppResult, ErrorCode};

pub async fn list_monitoring_points(
    ctx: &Ctx<perm::MonitoringPointRead>,
    filter: PointFilter,
) -> AppResult<Page<MonitoringPointView>> {
    let (cursor, limit) = filter.page().parse()?;
    let scope = ctx.actor.points::<perm::MonitoringPointRead>();
    let (kind, status) = (filter.kind, filter.status);
    let rows = queries::page(&ctx.app.db, &scope, kind, status, cursor, limit).await?;
    Ok(Page::build(rows, limit, |row| (row.created_at, row.id), MonitoringPointView::from))
}

pub async fn get_monitoring_point(
    ctx: &Ctx<perm::MonitoringPointRead>,
    id: Uuid,
) -> AppResult<MonitoringPointView> {
    let scope = ctx.actor.points::<perm::MonitoringPointRead>();
    let point = queries::in_scope(&ctx.app.db, &scope, id).await?;
    Ok(point.ok_or_else(|| AppError::new(ErrorCode::NotFound))?.into())
}

pub async fn create_monitoring_point(
    ctx: &Ctx<perm::MonitoringPointManage>,
    input: CreateMonitoringPoint,
) -> AppResult<MonitoringPointView> {
    require_region(&ctx.app.db, &input.region_code, "region_code").await?;
    policy::register_in(&ctx.actor, &input.region_code)?;
    let tx = ctx.begin().await?;
    let row = monitoring_point::Model {
        id: tx.new_id(),
        name: input.name,
        kind: input.kind,
        region_code: input.region_code,
        address: input.address,
        status: PointStatus::Active,
        created_at: ctx.now,
        updated_at: ctx.now,
        version: 0,
    };
    match queries::insert(&tx, row.clone().into()).await {
        Ok(()) => {}
        Err(cause) if unique_violation(&cause) => {
            return Err(ErrorCode::MonitoringPointNameTaken.into());
        }
        Err(cause) => return Err(cause.into()),
    }
    tx.audit("monitoring_point.create", "monitoring_point", row.id, None).await?;
    tx.commit().await?;
    Ok(row.into())
}

pub async fn set_monitoring_point_status(
    ctx: &Ctx<perm::MonitoringPointManage>,
    id: Uuid,
    input: SetMonitoringPointStatus,
) -> AppResult<MonitoringPointView> {
    let scope = ctx.actor.regions::<perm::MonitoringPointManage>();
    let tx = ctx.begin().await?;
    let mut point = queries::locked_within(&tx, &scope, id)
        .await?
        .ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    queries::set_status(&tx, id, input.status, ctx.now).await?;
    let details = json!({ "status": input.status });
    tx.audit("monitoring_point.set_status", "monitoring_point", id, Some(details)).await?;
    tx.commit().await?;
    point.status = input.status;
    Ok(point.into())
}

/// A point that is at work.
///
/// # Errors
/// `not_found`
pub async fn require_monitoring_point(conn: &impl ConnectionTrait, id: Uuid) -> AppResult<()> {
    match queries::by_id(conn, id).await? {
        Some(point) if point.status == PointStatus::Active => Ok(()),
        _ => Err(ErrorCode::NotFound.into()),
    }
}
