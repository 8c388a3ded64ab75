use entity::complaint::{self, ComplaintStatus};
use entity::consent::ConsentPurpose;
use entity::media_file::{MediaHolder, MediaPurpose};
use entity::text_review::TextKind;
use sea_orm::Set;
use uuid::Uuid;

use super::consent::record_consents;
use super::view::view;
use super::{ADDRESS, NAME, PHONE, record};
use crate::features::complaints::dto::{
    ComplaintFilter, ComplaintSummary, ComplaintView, SubmitComplaint,
};
use crate::features::complaints::model::{
    ACCEPT_WITHIN, ComplaintAction, NUMBER_LENGTH, Party, is_handled_at, number, transition,
};
use crate::features::complaints::queries::{self, Decision};
use crate::features::media::service::{Hold, get_held_media, hold_media};
use crate::features::regions::service::require_region;
use crate::features::text_reviews::service::{SubmittedText, submit_text};
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::local_date;
use crate::platform::consent::require_consent;
use crate::platform::db::{Page, Tx};
use crate::platform::http::text::normalised_phone;
use crate::platform::http::{
    AppError, AppResult, Claim, ErrorCode, FieldError, IdempotencyKey, Reply, StoredFile,
};
use crate::platform::limits::PhoneOperation;

pub async fn submit_complaint(
    ctx: &Ctx<perm::ComplaintUse>,
    key: &IdempotencyKey,
    digest: &[u8; 32],
    mut input: SubmitComplaint,
) -> AppResult<Reply> {
    let region =
        require_region(&ctx.app.db, &input.respondent.region_code, "respondent.region_code")
            .await?;
    if !is_handled_at(&region.code) {
        let message = "请选择到区县或街道（乡镇）";
        let field = FieldError::new("respondent.region_code", "invalid_format", message);
        return Err(field.into());
    }
    if input.purchased_on.is_some_and(|day| day > local_date(ctx.now)) {
        let message = "购买日期不能晚于今天";
        return Err(FieldError::new("purchased_on", "out_of_range", message).into());
    }
    let phone = &input.complainant.phone;
    let phone = normalised_phone(phone).unwrap_or_else(|| phone.clone());
    ctx.limit_phone(PhoneOperation::SubmitComplaint, &phone).await?;
    let mut tx = ctx.begin().await?;
    let settlement = match key.claim(ctx, &tx, "submit_complaint", digest).await? {
        Claim::Fresh(settlement) => settlement,
        Claim::Replay(reply) => return Ok(reply),
    };
    let consent =
        require_consent(&ctx.app, &tx, ctx.actor.account_id, ConsentPurpose::RealName).await?;
    let evidence = std::mem::take(&mut input.evidence_media_ids);
    let row = queries::insert(&tx, received(ctx, &tx, input, &phone)?).await?;
    record_consents(&tx, &row, consent).await?;
    hold_evidence(ctx, &tx, row.id, evidence).await?;
    record(&tx, row.id, None, ComplaintStatus::Submitted, None).await?;
    let text = SubmittedText {
        kind: TextKind::ComplaintFacts,
        subject_id: row.id,
        author_id: row.account_id,
        region_code: Some(&row.region_code),
        text: &row.facts,
        address: ctx.address,
    };
    submit_text(&ctx.app, &mut tx, &text).await?;
    let view = view(&ctx.app, &tx, row, Party::Complainant).await?;
    let reply = Reply::json(201, &view)?;
    settlement.settle(&tx, &ctx.app.cipher, &reply).await?;
    tx.commit().await?;
    Ok(reply)
}

async fn hold_evidence(
    ctx: &Ctx<perm::ComplaintUse>,
    tx: &Tx,
    id: Uuid,
    evidence: Vec<Uuid>,
) -> AppResult<()> {
    let hold = Hold {
        holder: (MediaHolder::Complaint, id),
        purposes: &[MediaPurpose::ComplaintEvidence],
        owner: Some(ctx.audit_actor()),
        is_public: false,
    };
    let held = hold_media(&ctx.app, tx, hold, evidence).await;
    held.map_err(|error| match error.code() {
        ErrorCode::MediaUnavailable => error.on_field("evidence_media_ids"),
        _ => error,
    })
}

fn received(
    ctx: &Ctx<perm::ComplaintUse>,
    tx: &Tx,
    input: SubmitComplaint,
    phone: &str,
) -> AppResult<complaint::ActiveModel> {
    let (app, received_on) = (&ctx.app, local_date(ctx.now));
    let SubmitComplaint { complainant, respondent, .. } = input;
    Ok(complaint::ActiveModel {
        id: Set(tx.new_id()),
        number: Set(number(received_on, &app.ids.readable(NUMBER_LENGTH))),
        account_id: Set(ctx.actor.account_id),
        status: Set(ComplaintStatus::Submitted),
        region_code: Set(respondent.region_code),
        respondent_name: Set(respondent.name),
        respondent_address: Set(respondent.address),
        demand: Set(input.demand),
        facts: Set(input.facts),
        amount_fen: Set(input.amount_fen),
        purchased_on: Set(input.purchased_on),
        complainant_name_cipher: Set(app.cipher.seal(NAME.purpose, complainant.name.as_bytes())?),
        complainant_phone_cipher: Set(app.cipher.seal(PHONE.purpose, phone.as_bytes())?),
        complainant_address_cipher: Set(app
            .cipher
            .seal(ADDRESS.purpose, complainant.address.as_bytes())?),
        is_publishable: Set(input.is_publishable),
        is_delegable: Set(input.is_delegable),
        received_at: Set(ctx.now),
        received_on: Set(received_on),
        accept_due_on: Set(app.workdays.after(received_on, ACCEPT_WITHIN)),
        refusal_ground: Set(None),
        decided_at: Set(None),
        decided_by: Set(None),
        updated_at: Set(ctx.now),
        version: Set(0),
    })
}

pub async fn list_complaints(
    ctx: &Ctx<perm::ComplaintUse>,
    filter: ComplaintFilter,
) -> AppResult<Page<ComplaintSummary>> {
    let (cursor, limit) = filter.page().parse()?;
    let account_id = ctx.actor.account_id;
    let rows = queries::own_page(&ctx.app.db, account_id, filter.status, cursor, limit).await?;
    let key = |row: &complaint::Model| (row.received_at, row.id);
    Ok(Page::build(rows, limit, key, |row| ComplaintSummary::of(&row, Party::Complainant)))
}

pub async fn get_complaint(ctx: &Ctx<perm::ComplaintUse>, id: Uuid) -> AppResult<ComplaintView> {
    let row = queries::own(&ctx.app.db, ctx.actor.account_id, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    view(&ctx.app, &ctx.app.db, row, Party::Complainant).await
}

pub async fn get_complaint_evidence(
    ctx: &Ctx<perm::ComplaintUse>,
    id: Uuid,
    media_id: Uuid,
    width: Option<u32>,
) -> AppResult<StoredFile> {
    let row = queries::own(&ctx.app.db, ctx.actor.account_id, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    get_held_media(&ctx.app.db, (MediaHolder::Complaint, row.id), media_id, width).await
}

pub async fn withdraw_complaint(
    ctx: &Ctx<perm::ComplaintUse>,
    id: Uuid,
) -> AppResult<ComplaintView> {
    let not_found = || AppError::new(ErrorCode::NotFound);
    let account_id = ctx.actor.account_id;
    let tx = ctx.begin().await?;
    let row = queries::own(&tx, account_id, id).await?.ok_or_else(not_found)?;
    let to = transition(Party::Complainant, row.status, ComplaintAction::Withdraw)
        .ok_or_else(|| AppError::new(ErrorCode::ComplaintDecided))?;
    let decision = Decision { to, refusal_ground: None, decided_by: None };
    if !queries::change_status(&tx, &row, decision, ctx.now).await? {
        return Err(ErrorCode::ComplaintDecided.into());
    }
    record(&tx, id, Some(&row), to, None).await?;
    let row = queries::own(&tx, account_id, id).await?.ok_or_else(not_found)?;
    let view = view(&ctx.app, &tx, row, Party::Complainant).await?;
    tx.commit().await?;
    Ok(view)
}
