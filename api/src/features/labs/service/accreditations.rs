//! Certificates of a lab, and until when it may test.

use entity::lab::Model as Lab;
use entity::lab_accreditation::{self, AccreditationEnd};
use sea_orm::Set;
use serde_json::json;
use uuid::Uuid;

use super::{locked, profile, require_lab};
use crate::features::labs::dto::{LabProfile, WriteAccreditation};
use crate::features::labs::model::wrong_dates;
use crate::features::labs::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::local_date;
use crate::platform::db::{Tx, unique_violation};
use crate::platform::http::{AppError, AppResult, ErrorCode};

pub async fn create_accreditation(
    ctx: &Ctx<perm::LabEdit>,
    lab_id: Uuid,
    input: WriteAccreditation,
) -> AppResult<LabProfile> {
    check(ctx, &input)?;
    let tx = ctx.begin().await?;
    let lab = locked(ctx, &tx, lab_id).await?;
    let id = tx.new_id();
    insert(&tx, lab_id, id, input).await?;
    finish(ctx, tx, &lab, "lab.accredit", id).await
}

/// The old one ends before the new one is entered, which may have the same number.
pub async fn replace_accreditation(
    ctx: &Ctx<perm::LabEdit>,
    (lab_id, id): (Uuid, Uuid),
    input: WriteAccreditation,
) -> AppResult<LabProfile> {
    check(ctx, &input)?;
    let tx = ctx.begin().await?;
    let lab = locked(ctx, &tx, lab_id).await?;
    let new_id = tx.new_id();
    end(&tx, (lab_id, id), AccreditationEnd::Replaced, Some(new_id)).await?;
    insert(&tx, lab_id, new_id, input).await?;
    finish(ctx, tx, &lab, "lab.replace_accreditation", id).await
}

pub async fn revoke_accreditation(
    ctx: &Ctx<perm::LabEdit>,
    (lab_id, id): (Uuid, Uuid),
) -> AppResult<LabProfile> {
    let tx = ctx.begin().await?;
    let lab = locked(ctx, &tx, lab_id).await?;
    end(&tx, (lab_id, id), AccreditationEnd::Revoked, None).await?;
    finish(ctx, tx, &lab, "lab.revoke_accreditation", id).await
}

fn check(ctx: &Ctx<perm::LabEdit>, input: &WriteAccreditation) -> AppResult<()> {
    let errors = wrong_dates(input.issued_on, input.valid_until, local_date(ctx.now));
    if errors.is_empty() { Ok(()) } else { Err(AppError::fields(errors)) }
}

async fn insert(tx: &Tx, lab_id: Uuid, id: Uuid, input: WriteAccreditation) -> AppResult<()> {
    let row = lab_accreditation::ActiveModel {
        id: Set(id),
        lab_id: Set(lab_id),
        kind: Set(input.kind),
        // One spelling, so that a number cannot be entered twice.
        certificate_number: Set(input.certificate_number.to_ascii_uppercase()),
        issued_on: Set(input.issued_on),
        valid_until: Set(input.valid_until),
        scope_note: Set(input.scope_note),
        created_at: Set(tx.now()),
        ..lab_accreditation::ActiveModel::default()
    };
    match queries::insert_accreditation(tx, row).await {
        Ok(()) => Ok(()),
        Err(cause) if unique_violation(&cause) => Err(ErrorCode::CertificateTaken.into()),
        Err(cause) => Err(cause.into()),
    }
}

async fn end(
    tx: &Tx,
    (lab_id, id): (Uuid, Uuid),
    reason: AccreditationEnd,
    replaced_by: Option<Uuid>,
) -> AppResult<()> {
    let known = queries::accreditations(tx, lab_id).await?;
    if known.iter().all(|accreditation| accreditation.id != id) {
        return Err(ErrorCode::NotFound.into());
    }
    if queries::end_accreditation(tx, id, reason, replaced_by, tx.now()).await? {
        return Ok(());
    }
    Err(ErrorCode::AccreditationEnded.into())
}

/// The lab says until when it is accredited in the transaction that decides it.
async fn finish(
    ctx: &Ctx<perm::LabEdit>,
    tx: Tx,
    before: &Lab,
    action: &str,
    id: Uuid,
) -> AppResult<LabProfile> {
    queries::settle(&tx, before.id, ctx.now).await?;
    let after = require_lab(&tx, before.id).await?;
    let details =
        Some(json!({ "accreditation_id": id, "accredited_until": after.accredited_until }));
    tx.audit_change(action, "lab", before.id, before, &after, details).await?;
    let view = profile(&tx, after, local_date(ctx.now)).await?;
    tx.commit().await?;
    Ok(view)
}
