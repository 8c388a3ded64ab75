use std::sync::Arc;

use entity::consent::{ConsentChannel, ConsentDecision, ConsentPurpose};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::dto::{
    ConsentView, ConsentsView, ControllerView, NoticeList, NoticeSummary, NoticeView,
};
use super::model::{OF_ACCOUNT, ends_with, state};
use crate::app::App;
use crate::features::accounts::service::{drop_phone, forget_profile, forget_real_name};
use crate::platform::auth::{Ctx, perm};
use crate::platform::cache::{CachedPage, PageKey};
use crate::platform::consent::{
    Decider, GiveConsents, NoticeKind, Subject, WithdrawConsents, decide, last_decisions,
};
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ErrorCode};

pub async fn list_privacy_notices(ctx: &Ctx<perm::Public>) -> AppResult<Arc<CachedPage>> {
    let notices = &ctx.app.notices;
    let page = ctx.app.pages.get(PageKey::new("privacy_notices", ""), async || {
        let current = [NoticeKind::General, NoticeKind::Children].map(|kind| notices.current(kind));
        let items = current.into_iter().map(|notice| notice.map(NoticeSummary::from));
        Ok(NoticeList { items: items.collect::<AppResult<_>>()? })
    });
    page.await
}

pub async fn get_privacy_notice(
    ctx: &Ctx<perm::Public>,
    version: &str,
) -> AppResult<Arc<CachedPage>> {
    let notice = ctx.app.notices.find(version);
    let notice = notice.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let page = ctx.app.pages.get(PageKey::new("privacy_notice", version), async || {
        let settings = &ctx.app.config.privacy;
        let controller = ControllerView {
            name: settings.controller.clone(),
            contact: settings.contact.clone(),
            children_officer: settings.children_officer.clone(),
        };
        Ok(NoticeView { notice: notice.clone(), controller })
    });
    page.await
}

pub async fn get_consents(ctx: &Ctx<perm::MeUse>) -> AppResult<ConsentsView> {
    view(&ctx.app, &ctx.app.db, ctx.actor.account_id).await
}

pub async fn give_consents(
    ctx: &Ctx<perm::ConsentGive>,
    input: GiveConsents,
) -> AppResult<ConsentsView> {
    input.check(&ctx.app.notices, false)?;
    let account_id = ctx.actor.account_id;
    let tx = ctx.begin().await?;
    input.record(&tx, account_id, Subject::Account).await?;
    let view = view(&ctx.app, &tx, account_id).await?;
    tx.commit().await?;
    Ok(view)
}

pub async fn withdraw_consents(
    ctx: &Ctx<perm::ConsentWithdraw>,
    input: WithdrawConsents,
) -> AppResult<ConsentsView> {
    input.check(&ctx.app.notices, false)?;
    let account_id = ctx.actor.account_id;
    let tx = ctx.begin().await?;
    for purpose in &input.purposes {
        take_back(&ctx.app, &tx, account_id, account_id, *purpose, input.channel.into()).await?;
    }
    let view = view(&ctx.app, &tx, account_id).await?;
    tx.commit().await?;
    Ok(view)
}

/// Takes back a purpose of an account, and what stands on it, and makes it take effect.
///
/// # Errors
/// The rows cannot be written.
pub async fn take_back(
    app: &App,
    tx: &Tx,
    account_id: Uuid,
    decided_by: Uuid,
    purpose: ConsentPurpose,
    channel: ConsentChannel,
) -> AppResult<()> {
    let notice_version = app.notices.current(NoticeKind::General)?.version.clone();
    let who = Decider { account_id, decided_by, notice_version, channel };
    for purpose in ends_with(purpose) {
        decide(tx, &who, Subject::Account, purpose, ConsentDecision::Withdrawn).await?;
        match purpose {
            ConsentPurpose::AccountBasic => forget_profile(tx, account_id).await?,
            ConsentPurpose::Phone => drop_phone(tx, account_id).await?,
            // An open complaint keeps it (Order 121, Art. 10) until it is decided.
            ConsentPurpose::RealName => {
                forget_real_name(tx, account_id).await?;
            }
            // Asked for where they would be used.
            _ => {}
        }
    }
    Ok(())
}

async fn view(app: &App, conn: &impl ConnectionTrait, account_id: Uuid) -> AppResult<ConsentsView> {
    let rows = last_decisions(conn, account_id).await?;
    let items = OF_ACCOUNT.map(|purpose| {
        let row = rows.iter().find(|row| row.purpose == purpose);
        let is_covered = row.is_some_and(|r| app.notices.covers(&r.notice_version, purpose));
        ConsentView {
            purpose,
            state: state(row.map(|row| row.decision), is_covered),
            version: row.map(|row| row.notice_version.clone()),
            channel: row.map(|row| row.channel),
            at: row.map(|row| row.at),
            is_by_guardian: row.is_some_and(|row| row.decided_by != account_id),
        }
    });
    let current_version = app.notices.current(NoticeKind::General)?.version.clone();
    Ok(ConsentsView { current_version, items: items.into() })
}
