use entity::lab::{self, LabStatus};
use entity::lab_service;
use sea_orm::{ConnectionTrait, Set};
use serde_json::json;
use uuid::Uuid;

use super::dto::{CreateLab, CreateLabService, LabFilter, LabSummary, LabView, SetLabStatus};
use super::queries;
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, unique_violation};
use crate::platform::http::{AppError, AppResult, ErrorCode};

pub async fn list_labs(ctx: &Ctx<perm::Public>, filter: LabFilter) -> AppResult<Page<LabSummary>> {
    let (cursor, limit) = filter.page().parse()?;
    if let Some(code) = &filter.region {
        require_region(&ctx.app.db, code, "region").await?;
    }
    let region = filter.region.as_deref();
    let rows = queries::active_page(&ctx.app.db, region, cursor, limit).await?;
    Ok(Page::build(rows, limit, |row| (row.created_at, row.id), LabSummary::from))
}

pub async fn get_lab(ctx: &Ctx<perm::Public>, id: Uuid) -> AppResult<LabView> {
    let view = view(&ctx.app.db, id).await?;
    if view.status == LabStatus::Active { Ok(view) } else { Err(ErrorCode::NotFound.into()) }
}

pub async fn create_lab(ctx: &Ctx<perm::LabManage>, input: CreateLab) -> AppResult<LabView> {
    require_region(&ctx.app.db, &input.region_code, "region_code").await?;
    let tx = ctx.begin().await?;
    let row = lab::ActiveModel {
        id: Set(tx.new_id()),
        name: Set(input.name),
        region_code: Set(input.region_code),
        address: Set(input.address),
        phone: Set(input.phone),
        introduction: Set(input.introduction),
        status: Set(LabStatus::Active),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
        version: Set(0),
    };
    let lab = match queries::insert(&tx, row).await {
        Ok(lab) => lab,
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::LabNameTaken.into()),
        Err(cause) => return Err(cause.into()),
    };
    tx.audit_change("lab.create", "lab", lab.id, &(), &lab, None).await?;
    tx.commit().await?;
    Ok(LabView::of(lab, Vec::new()))
}

pub async fn set_lab_status(
    ctx: &Ctx<perm::LabManage>,
    id: Uuid,
    input: SetLabStatus,
) -> AppResult<LabView> {
    let tx = ctx.begin().await?;
    let before = require_lab(&tx, id).await?;
    if !queries::set_status(&tx, id, input.status, ctx.now).await? {
        return Err(ErrorCode::NotFound.into());
    }
    let (after, details) = (require_lab(&tx, id).await?, json!({ "status": input.status }));
    tx.audit_change("lab.set_status", "lab", id, &before, &after, Some(details)).await?;
    let view = view(&tx, id).await?;
    tx.commit().await?;
    Ok(view)
}

pub async fn create_lab_service(
    ctx: &Ctx<perm::LabManage>,
    lab_id: Uuid,
    input: CreateLabService,
) -> AppResult<LabView> {
    let tx = ctx.begin().await?;
    require_lab(&tx, lab_id).await?;
    let id = tx.new_id();
    let row = lab_service::ActiveModel {
        id: Set(id),
        lab_id: Set(lab_id),
        kind: Set(input.kind),
        name: Set(input.name),
        description: Set(input.description),
        created_at: Set(ctx.now),
    };
    match queries::insert_service(&tx, row).await {
        Ok(()) => {}
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::LabNameTaken.into()),
        Err(cause) => return Err(cause.into()),
    }
    tx.audit("lab.create_service", "lab_service", id, None).await?;
    let view = view(&tx, lab_id).await?;
    tx.commit().await?;
    Ok(view)
}

/// A lab in any status.
///
/// # Errors
/// `not_found`
pub async fn require_lab(conn: &impl ConnectionTrait, id: Uuid) -> AppResult<lab::Model> {
    queries::by_id(conn, id).await?.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

/// # Errors
/// `not_found`
pub async fn require_lab_service(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> AppResult<lab_service::Model> {
    queries::service(conn, id).await?.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

async fn view(conn: &impl ConnectionTrait, id: Uuid) -> AppResult<LabView> {
    let lab = require_lab(conn, id).await?;
    Ok(LabView::of(lab, queries::services(conn, id).await?))
}
