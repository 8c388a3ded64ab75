use entity::complaint;
use entity::media_file::MediaHolder;
use entity::notification::NotificationKind;
use entity::real_name::RealNamePurpose;
use serde_json::json;
use uuid::Uuid;

use super::record;
use super::view::{identity, view};
use crate::features::accounts::service::real_name_for_case;
use crate::features::complaints::dto::{
    AcceptComplaint, ComplainantIdentity, ComplaintFilter, ComplaintSummary, ComplaintView,
    DiscloseComplainant, RefuseComplaint,
};
use crate::features::complaints::model::{ComplaintAction, Party, is_open, transition};
use crate::features::complaints::policy;
use crate::features::complaints::queries::{self, Decision};
use crate::features::media::service::get_held_media;
use crate::features::notifications::service::notify;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{AppError, AppResult, ErrorCode, StoredFile};

pub async fn list_region_complaints(
    ctx: &Ctx<perm::ComplaintRead>,
    filter: ComplaintFilter,
) -> AppResult<Page<ComplaintSummary>> {
    let (cursor, limit) = filter.page().parse()?;
    let scope = policy::regions::<perm::ComplaintRead>(&ctx.actor);
    let rows = queries::region_page(&ctx.app.db, &scope, filter.status, cursor, limit).await?;
    let key = |row: &complaint::Model| (row.received_at, row.id);
    Ok(Page::build(rows, limit, key, |row| ComplaintSummary::of(&row, Party::Handler)))
}

/// Shows what the complaint tells, so the look itself is audited.
pub async fn get_region_complaint(
    ctx: &Ctx<perm::ComplaintRead>,
    id: Uuid,
) -> AppResult<ComplaintView> {
    let scope = policy::regions::<perm::ComplaintRead>(&ctx.actor);
    let tx = ctx.begin().await?;
    let row = queries::in_regions(&tx, &scope, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    tx.audit("complaint.read", "complaint", id, None).await?;
    let view = view(&ctx.app, &tx, row, Party::Handler).await?;
    tx.commit().await?;
    Ok(view)
}

/// The complainant's identity in clear, for a reason that goes into the audit trail.
pub async fn disclose_complainant(
    ctx: &Ctx<perm::IdentityRead>,
    id: Uuid,
    input: DiscloseComplainant,
) -> AppResult<ComplainantIdentity> {
    let scope = policy::regions::<perm::IdentityRead>(&ctx.actor);
    let tx = ctx.begin().await?;
    let row = queries::in_regions(&tx, &scope, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let disclosed = tx.disclose("complaint.view", "complaint", id, &input.reason).await?;
    let real_name = if is_open(row.status) {
        let purpose = RealNamePurpose::Complaint;
        real_name_for_case(&ctx.app, &tx, row.account_id, purpose, &disclosed).await?
    } else {
        None
    };
    let identity = identity(&ctx.app, &row, &disclosed, real_name)?;
    tx.commit().await?;
    Ok(identity)
}

/// Evidence shows what the complainant shows, so the look itself is audited.
pub async fn get_region_complaint_evidence(
    ctx: &Ctx<perm::ComplaintRead>,
    id: Uuid,
    media_id: Uuid,
    width: Option<u32>,
) -> AppResult<StoredFile> {
    let scope = policy::regions::<perm::ComplaintRead>(&ctx.actor);
    let tx = ctx.begin().await?;
    let row = queries::in_regions(&tx, &scope, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let holder = (MediaHolder::Complaint, row.id);
    let file = get_held_media(&tx, holder, media_id, width).await?;
    let details = json!({ "media_id": media_id });
    tx.audit("complaint.read_evidence", "complaint", id, Some(details)).await?;
    tx.commit().await?;
    Ok(file)
}

pub async fn accept_complaint(
    ctx: &Ctx<perm::ComplaintDecide>,
    id: Uuid,
    input: AcceptComplaint,
) -> AppResult<ComplaintView> {
    decide(ctx, id, ComplaintAction::Accept, None, input.note).await
}

pub async fn refuse_complaint(
    ctx: &Ctx<perm::ComplaintDecide>,
    id: Uuid,
    input: RefuseComplaint,
) -> AppResult<ComplaintView> {
    decide(ctx, id, ComplaintAction::Refuse, Some(input.ground), Some(input.note)).await
}

async fn decide(
    ctx: &Ctx<perm::ComplaintDecide>,
    id: Uuid,
    action: ComplaintAction,
    refusal_ground: Option<i16>,
    note: Option<String>,
) -> AppResult<ComplaintView> {
    let scope = policy::regions::<perm::ComplaintDecide>(&ctx.actor);
    let not_found = || AppError::new(ErrorCode::NotFound);
    let mut tx = ctx.begin().await?;
    let row = queries::in_regions(&tx, &scope, id).await?.ok_or_else(not_found)?;
    let to = transition(Party::Handler, row.status, action)
        .ok_or_else(|| AppError::new(ErrorCode::ComplaintDecided))?;
    let decision = Decision { to, refusal_ground, decided_by: Some(ctx.actor.staff_id) };
    if !queries::change_status(&tx, &row, decision, ctx.now).await? {
        return Err(ErrorCode::ComplaintDecided.into());
    }
    record(&tx, id, Some(&row), to, note).await?;
    let kind = match action {
        ComplaintAction::Accept => NotificationKind::ComplaintAccepted,
        ComplaintAction::Refuse | ComplaintAction::Withdraw => {
            NotificationKind::ComplaintNotAccepted
        }
    };
    notify(&ctx.app, &mut tx, row.account_id, kind, id).await?;
    let details = json!({ "status": to, "ground": refusal_ground });
    let before = row;
    let row = queries::in_regions(&tx, &scope, id).await?.ok_or_else(not_found)?;
    tx.audit_change("complaint.decide", "complaint", id, &before, &row, Some(details)).await?;
    let view = view(&ctx.app, &tx, row, Party::Handler).await?;
    tx.commit().await?;
    Ok(view)
}
