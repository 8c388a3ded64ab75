//! What labs offer.

use std::collections::HashSet;

use chrono::NaiveDate;
use entity::lab_service::{self, ServiceStatus};
use sea_orm::{ConnectionTrait, Set};
use serde_json::json;
use uuid::Uuid;

use super::{locked, profile, require_lab};
use crate::features::labs::dto::{
    CreateLabService, LabProfile, SetLabServiceStatus, UpdateLabService,
};
use crate::features::labs::model::{Offer, accredited, bookable};
use crate::features::labs::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::local_date;
use crate::platform::db::{Tx, unique_violation};
use crate::platform::http::{AppError, AppResult, ErrorCode};

pub async fn create_lab_service(
    ctx: &Ctx<perm::LabManage>,
    lab_id: Uuid,
    input: CreateLabService,
) -> AppResult<LabProfile> {
    let tx = ctx.begin().await?;
    let lab = require_lab(&tx, lab_id).await?;
    let id = tx.new_id();
    let row = lab_service::ActiveModel {
        id: Set(id),
        lab_id: Set(lab_id),
        kind: Set(input.kind),
        name: Set(input.name),
        description: Set(input.description),
        created_at: Set(ctx.now),
        status: Set(ServiceStatus::Open),
        version: Set(0),
    };
    match queries::insert_service(&tx, row).await {
        Ok(()) => {}
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::LabNameTaken.into()),
        Err(cause) => return Err(cause.into()),
    }
    tx.audit("lab.create_service", "lab_service", id, None).await?;
    let view = profile(&tx, lab, local_date(ctx.now)).await?;
    tx.commit().await?;
    Ok(view)
}

pub async fn update_lab_service(
    ctx: &Ctx<perm::LabEdit>,
    (lab_id, id): (Uuid, Uuid),
    version: i32,
    input: UpdateLabService,
) -> AppResult<LabProfile> {
    let tx = ctx.begin().await?;
    let lab = locked(ctx, &tx, lab_id).await?;
    let before = of_lab(&tx, lab_id, id).await?;
    let UpdateLabService { name, description } = input;
    match queries::update_service(&tx, &before, version, name, description).await {
        Ok(true) => {}
        Ok(false) => return Err(ErrorCode::StaleVersion.into()),
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::LabNameTaken.into()),
        Err(cause) => return Err(cause.into()),
    }
    let after = of_lab(&tx, lab_id, id).await?;
    tx.audit_change("lab.update_service", "lab_service", id, &before, &after, None).await?;
    let view = profile(&tx, lab, local_date(ctx.now)).await?;
    tx.commit().await?;
    Ok(view)
}

pub async fn set_lab_service_status(
    ctx: &Ctx<perm::LabEdit>,
    (lab_id, id): (Uuid, Uuid),
    version: i32,
    input: SetLabServiceStatus,
) -> AppResult<LabProfile> {
    let tx = ctx.begin().await?;
    let lab = locked(ctx, &tx, lab_id).await?;
    let before = of_lab(&tx, lab_id, id).await?;
    if !queries::set_service_status(&tx, &before, version, input.status).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    let after = of_lab(&tx, lab_id, id).await?;
    let details = Some(json!({ "status": input.status }));
    tx.audit_change("lab.set_service_status", "lab_service", id, &before, &after, details).await?;
    let view = profile(&tx, lab, local_date(ctx.now)).await?;
    tx.commit().await?;
    Ok(view)
}

async fn of_lab(tx: &Tx, lab_id: Uuid, id: Uuid) -> AppResult<lab_service::Model> {
    let service = queries::service(tx, id).await?.filter(|service| service.lab_id == lab_id);
    service.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

/// # Errors
/// `not_found`
pub async fn require_lab_service(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> AppResult<lab_service::Model> {
    queries::service(conn, id).await?.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

/// A service that takes bookings on `today`, a day in China.
///
/// # Errors
/// `slot_closed` for a suspended lab or a closed service, `lab_not_accredited`, `not_found`.
pub async fn require_bookable(
    conn: &impl ConnectionTrait,
    service_id: Uuid,
    today: NaiveDate,
) -> AppResult<()> {
    Ok(bookable(&offer(conn, service_id).await?, today)?)
}

/// A service that may be done on `today`, also when it takes no new bookings.
///
/// # Errors
/// `lab_not_accredited`, `not_found`.
pub async fn require_accredited(
    conn: &impl ConnectionTrait,
    service_id: Uuid,
    today: NaiveDate,
) -> AppResult<()> {
    Ok(accredited(&offer(conn, service_id).await?, today)?)
}

/// Of these services, those that may not be done on `today`.
pub async fn unaccredited(
    conn: &impl ConnectionTrait,
    service_ids: impl IntoIterator<Item = Uuid>,
    today: NaiveDate,
) -> AppResult<HashSet<Uuid>> {
    let offers = queries::offers(conn, service_ids).await?.into_iter();
    Ok(offers.filter(|(_, offer)| accredited(offer, today).is_err()).map(|(id, _)| id).collect())
}

async fn offer(conn: &impl ConnectionTrait, service_id: Uuid) -> AppResult<Offer> {
    let offers = queries::offers(conn, [service_id]).await?;
    let offer = offers.into_iter().next().map(|(_, offer)| offer);
    offer.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}
