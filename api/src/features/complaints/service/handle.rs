use entity::complaint;
use entity::notification::NotificationKind;
use serde_json::json;
use uuid::Uuid;

use super::record;
use super::view::view;
use crate::features::complaints::dto::{
    AcceptComplaint, ComplaintFilter, ComplaintSummary, ComplaintView, RefuseComplaint,
};
use crate::features::complaints::model::{ComplaintAction, Party, transition};
use crate::features::complaints::policy;
use crate::features::complaints::queries::{self, Decision};
use crate::features::notifications::service::notify;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{AppError, AppResult, ErrorCode};

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

/// Shows the complainant's identity, so the look itself is audited.
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
    tx.audit("complaint.decide", "complaint", id, Some(details)).await?;
    let row = queries::in_regions(&tx, &scope, id).await?.ok_or_else(not_found)?;
    let view = view(&ctx.app, &tx, row, Party::Handler).await?;
    tx.commit().await?;
    Ok(view)
}
