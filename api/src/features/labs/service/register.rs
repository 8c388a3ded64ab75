use entity::lab::{self, LabStatus};
use sea_orm::{ConnectionTrait, Set};
use serde_json::json;
use uuid::Uuid;

use super::profile;
use crate::features::labs::dto::{CreateLab, LabProfile, SetLabStatus};
use crate::features::labs::queries;
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::local_date;
use crate::platform::db::unique_violation;
use crate::platform::http::{AppError, AppResult, ErrorCode};

pub async fn create_lab(ctx: &Ctx<perm::LabManage>, input: CreateLab) -> AppResult<LabProfile> {
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
        ..lab::ActiveModel::default()
    };
    let lab = match queries::insert(&tx, row).await {
        Ok(lab) => lab,
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::LabNameTaken.into()),
        Err(cause) => return Err(cause.into()),
    };
    tx.audit_change("lab.create", "lab", lab.id, &(), &lab, None).await?;
    let view = profile(&tx, lab, local_date(ctx.now)).await?;
    tx.commit().await?;
    Ok(view)
}

pub async fn set_lab_status(
    ctx: &Ctx<perm::LabManage>,
    id: Uuid,
    input: SetLabStatus,
) -> AppResult<LabProfile> {
    let tx = ctx.begin().await?;
    let before = require_lab(&tx, id).await?;
    if !queries::set_status(&tx, id, input.status, ctx.now).await? {
        return Err(ErrorCode::NotFound.into());
    }
    let (after, details) = (require_lab(&tx, id).await?, json!({ "status": input.status }));
    tx.audit_change("lab.set_status", "lab", id, &before, &after, Some(details)).await?;
    let view = profile(&tx, after, local_date(ctx.now)).await?;
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
