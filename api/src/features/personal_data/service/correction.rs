use entity::correction_request::{self, CorrectionStatus, CorrectionSubject};
use entity::notification::NotificationKind;
use sea_orm::Set;
use serde_json::json;
use uuid::Uuid;

use super::lock_own;
use crate::app::App;
use crate::features::complaints::service::{check_detail, correct_detail, region_of_own};
use crate::features::notifications::service::notify;
use crate::features::personal_data::dto::{
    AcceptCorrection, CorrectionFilter, CorrectionSummary, CorrectionView, RefuseCorrection,
    RequestCorrection, StaffCorrectionView,
};
use crate::features::personal_data::policy;
use crate::features::personal_data::queries::{self, Decision};
use crate::platform::auth::{Ctx, perm};
use crate::platform::crypto::column;
use crate::platform::db::{Page, PageQuery, unique_violation};
use crate::platform::http::{AppError, AppResult, Claim, ErrorCode, IdempotencyKey, Reply};

const WISH: &str = column::CORRECTION_WISH.purpose;
const REASON: &str = column::CORRECTION_REASON.purpose;

pub async fn request_correction(
    ctx: &Ctx<perm::CorrectionRequest>,
    key: &IdempotencyKey,
    digest: &[u8; 32],
    input: RequestCorrection,
) -> AppResult<Reply> {
    let (app, account_id) = (&ctx.app, ctx.actor.account_id);
    let wish = match input.subject_kind {
        CorrectionSubject::Complaint => check_detail(input.field, &input.wish, "wish")?,
    };
    let tx = ctx.begin().await?;
    let settlement = match key.claim(ctx, &tx, "request_correction", digest).await? {
        Claim::Fresh(settlement) => settlement,
        Claim::Replay(reply) => return Ok(reply),
    };
    lock_own(&tx, account_id).await?;
    let region_code = match input.subject_kind {
        CorrectionSubject::Complaint => region_of_own(&tx, account_id, input.subject_id).await?,
    };
    let row = correction_request::ActiveModel {
        id: Set(tx.new_id()),
        account_id: Set(account_id),
        subject_kind: Set(input.subject_kind),
        subject_id: Set(input.subject_id),
        field: Set(input.field),
        wish_cipher: Set(app.cipher.seal(WISH, wish.as_bytes())?),
        status: Set(CorrectionStatus::Pending),
        reason_cipher: Set(None),
        region_code: Set(region_code.ok_or_else(|| AppError::new(ErrorCode::NotFound))?),
        decided_by: Set(None),
        decided_at: Set(None),
        created_at: Set(ctx.now),
    };
    let row = match queries::insert_correction(&tx, row).await {
        Ok(row) => row,
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::CorrectionPending.into()),
        Err(cause) => return Err(cause.into()),
    };
    tx.audit("correction.request", "correction_request", row.id, None).await?;
    let reply = Reply::json(201, &view(app, row)?)?;
    settlement.settle(&tx, &app.cipher, &reply).await?;
    tx.commit().await?;
    Ok(reply)
}

pub async fn list_corrections(
    ctx: &Ctx<perm::MeUse>,
    page: PageQuery,
) -> AppResult<Page<CorrectionView>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::own_corrections(&ctx.app.db, ctx.actor.account_id, cursor, limit).await?;
    let key = |row: &correction_request::Model| (row.created_at, row.id);
    let page = Page::build(rows, limit, key, |row| view(&ctx.app, row));
    let items = page.items.into_iter().collect::<AppResult<_>>()?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

pub async fn list_region_corrections(
    ctx: &Ctx<perm::CorrectionDecide>,
    filter: CorrectionFilter,
) -> AppResult<Page<CorrectionSummary>> {
    let (cursor, limit) = filter.page().parse()?;
    let scope = policy::regions::<perm::CorrectionDecide>(&ctx.actor);
    let db = &ctx.app.db;
    let rows = queries::region_corrections(db, &scope, filter.status, cursor, limit).await?;
    let key = |row: &correction_request::Model| (row.created_at, row.id);
    Ok(Page::build(rows, limit, key, CorrectionSummary::from))
}

/// Shows what somebody wishes to be called, so the look itself is audited.
pub async fn get_region_correction(
    ctx: &Ctx<perm::CorrectionDecide>,
    id: Uuid,
) -> AppResult<StaffCorrectionView> {
    let scope = policy::regions::<perm::CorrectionDecide>(&ctx.actor);
    let tx = ctx.begin().await?;
    let row = queries::region_correction(&tx, &scope, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    tx.audit("correction.read", "correction_request", id, None).await?;
    tx.commit().await?;
    staff_view(&ctx.app, row)
}

pub async fn accept_correction(
    ctx: &Ctx<perm::CorrectionDecide>,
    id: Uuid,
    input: AcceptCorrection,
) -> AppResult<StaffCorrectionView> {
    decide(ctx, id, CorrectionStatus::Accepted, input.reason).await
}

pub async fn refuse_correction(
    ctx: &Ctx<perm::CorrectionDecide>,
    id: Uuid,
    input: RefuseCorrection,
) -> AppResult<StaffCorrectionView> {
    decide(ctx, id, CorrectionStatus::Refused, Some(input.reason)).await
}

/// Decides; what is accepted is carried out in the same transaction.
async fn decide(
    ctx: &Ctx<perm::CorrectionDecide>,
    id: Uuid,
    to: CorrectionStatus,
    reason: Option<String>,
) -> AppResult<StaffCorrectionView> {
    let app = &ctx.app;
    let scope = policy::regions::<perm::CorrectionDecide>(&ctx.actor);
    let not_found = || AppError::new(ErrorCode::NotFound);
    let mut tx = ctx.begin().await?;
    let row = queries::region_correction(&tx, &scope, id).await?.ok_or_else(not_found)?;
    let reason_cipher =
        reason.map(|reason| app.cipher.seal(REASON, reason.as_bytes())).transpose()?;
    let decision = Decision { to, reason_cipher, decided_by: ctx.actor.staff_id };
    if !queries::decide_correction(&tx, id, decision, ctx.now).await? {
        return Err(ErrorCode::CorrectionDecided.into());
    }
    let kind = if to == CorrectionStatus::Accepted {
        let wish = app.cipher.open_text(WISH, &row.wish_cipher)?;
        let is_done = match row.subject_kind {
            CorrectionSubject::Complaint => {
                correct_detail(app, &tx, row.subject_id, row.field, &wish).await?
            }
        };
        if !is_done {
            return Err(not_found());
        }
        NotificationKind::CorrectionAccepted
    } else {
        NotificationKind::CorrectionRefused
    };
    notify(app, &mut tx, row.account_id, kind, id).await?;
    let details = json!({ "status": to, "field": row.field });
    tx.audit("correction.decide", "correction_request", id, Some(details)).await?;
    let row = queries::region_correction(&tx, &scope, id).await?.ok_or_else(not_found)?;
    tx.commit().await?;
    staff_view(app, row)
}

fn reason(app: &App, row: &correction_request::Model) -> AppResult<Option<String>> {
    row.reason_cipher.as_ref().map(|sealed| app.cipher.open_text(REASON, sealed)).transpose()
}

fn view(app: &App, row: correction_request::Model) -> AppResult<CorrectionView> {
    Ok(CorrectionView {
        reason: reason(app, &row)?,
        id: row.id,
        subject_kind: row.subject_kind,
        subject_id: row.subject_id,
        field: row.field,
        status: row.status,
        created_at: row.created_at,
        decided_at: row.decided_at,
    })
}

fn staff_view(app: &App, row: correction_request::Model) -> AppResult<StaffCorrectionView> {
    let wish = app.cipher.open_text(WISH, &row.wish_cipher)?;
    let reason = reason(app, &row)?;
    Ok(StaffCorrectionView { request: row.into(), wish, reason })
}
