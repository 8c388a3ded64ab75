//! The separate consents of one complaint: to publish it (`publish`), to pass it on (`pass_on`).

use entity::complaint;
use entity::consent::{self, ConsentDecision, ConsentPurpose};
use uuid::Uuid;

use super::view::view;
use crate::features::complaints::dto::ComplaintView;
use crate::features::complaints::model::Party;
use crate::features::complaints::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::consent::{
    Decider, GiveConsents, NoticeKind, Subject, WithdrawConsents, decide,
};
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// Writes what was ticked in the form of a new complaint, under the text that its consent names.
pub(super) async fn record_consents(
    tx: &Tx,
    row: &complaint::Model,
    shown: consent::Model,
) -> AppResult<()> {
    let who = Decider {
        account_id: row.account_id,
        decided_by: row.account_id,
        notice_version: shown.notice_version,
        channel: shown.channel,
    };
    let ticked =
        [(ConsentPurpose::Publish, row.is_publishable), (ConsentPurpose::PassOn, row.is_delegable)];
    for (purpose, _) in ticked.into_iter().filter(|(_, is_ticked)| *is_ticked) {
        decide(tx, &who, Subject::Complaint(row.id), purpose, ConsentDecision::Given).await?;
    }
    Ok(())
}

pub async fn give_complaint_consents(
    ctx: &Ctx<perm::ComplaintUse>,
    id: Uuid,
    input: GiveConsents,
) -> AppResult<ComplaintView> {
    input.check(&ctx.app.notices, true)?;
    let who = Decider {
        account_id: ctx.actor.account_id,
        decided_by: ctx.actor.account_id,
        notice_version: input.version,
        channel: input.channel.into(),
    };
    change(ctx, id, &who, &input.purposes, ConsentDecision::Given).await
}

pub async fn withdraw_complaint_consents(
    ctx: &Ctx<perm::ComplaintUse>,
    id: Uuid,
    input: WithdrawConsents,
) -> AppResult<ComplaintView> {
    input.check(&ctx.app.notices, true)?;
    let who = Decider {
        account_id: ctx.actor.account_id,
        decided_by: ctx.actor.account_id,
        notice_version: ctx.app.notices.current(NoticeKind::General)?.version.clone(),
        channel: input.channel.into(),
    };
    change(ctx, id, &who, &input.purposes, ConsentDecision::Withdrawn).await
}

async fn change(
    ctx: &Ctx<perm::ComplaintUse>,
    id: Uuid,
    who: &Decider,
    purposes: &[ConsentPurpose],
    decision: ConsentDecision,
) -> AppResult<ComplaintView> {
    let account_id = ctx.actor.account_id;
    let not_found = || AppError::new(ErrorCode::NotFound);
    let tx = ctx.begin().await?;
    queries::own(&tx, account_id, id).await?.ok_or_else(not_found)?;
    let set = |purpose| purposes.contains(&purpose).then_some(decision == ConsentDecision::Given);
    let (publish, pass_on) = (set(ConsentPurpose::Publish), set(ConsentPurpose::PassOn));
    queries::update_consents(&tx, id, publish, pass_on, ctx.now).await?;
    for purpose in purposes {
        decide(&tx, who, Subject::Complaint(id), *purpose, decision).await?;
    }
    let row = queries::own(&tx, account_id, id).await?.ok_or_else(not_found)?;
    let view = view(&ctx.app, &tx, row, Party::Complainant).await?;
    tx.commit().await?;
    Ok(view)
}
