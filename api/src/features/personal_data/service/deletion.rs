use std::time::Duration;

use chrono::TimeDelta;
use entity::account::AccountStatus;
use entity::account_deletion::{self, DeletionStatus};
use entity::notification::NotificationKind;
use sea_orm::{IntoActiveModel as _, Set};
use uuid::Uuid;

use super::lock_own;
use crate::app::App;
use crate::features::appointments::service::release_places as release_bookings;
use crate::features::notifications::service::notify;
use crate::features::personal_data::dto::{
    AccountDeletionView, DeletionFilter, DeletionView, RequestDeletion,
};
use crate::features::personal_data::jobs::{EraseAccount, ReleasePlaces};
use crate::features::personal_data::model::{CONFIRMATION, Outcome};
use crate::features::personal_data::queries;
use crate::platform::auth::{Ctx, Subject, perm};
use crate::platform::db::{Page, Tx};
use crate::platform::http::{
    AppError, AppResult, Claim, ErrorCode, FieldError, IdempotencyKey, Reply,
};
use crate::platform::jobs::Schedule;

/// Longer than what we know of a caller is believed without asking.
const FRESH: Duration = Duration::from_secs(5);

pub async fn request_deletion(
    ctx: &Ctx<perm::MePrivacy>,
    key: &IdempotencyKey,
    digest: &[u8; 32],
    input: RequestDeletion,
) -> AppResult<Reply> {
    if input.confirmation != CONFIRMATION {
        let message = format!("请输入“{CONFIRMATION}”以确认");
        return Err(FieldError::new("confirmation", "invalid_format", message).into());
    }
    let account_id = ctx.actor.account_id;
    let mut tx = ctx.begin().await?;
    let settlement = match key.claim(ctx, &tx, "request_deletion", digest).await? {
        Claim::Fresh(settlement) => settlement,
        Claim::Replay(reply) => return Ok(reply),
    };
    let account = lock_own(&tx, account_id).await?;
    let reply = if account.status == AccountStatus::Closing {
        let known = queries::last_deletion(&tx, account_id).await?;
        let known = known.ok_or_else(|| AppError::internal("an account closes without a wish"))?;
        Reply::ok(&DeletionView::from(known))?
    } else {
        Reply::json(201, &schedule(ctx, &mut tx).await?)?
    };
    settlement.settle(&tx, &ctx.app.cipher, &reply).await?;
    tx.commit().await?;
    ctx.app.principals.forget(Subject::Resident(account_id));
    Ok(reply)
}

async fn schedule(ctx: &Ctx<perm::MePrivacy>, tx: &mut Tx) -> AppResult<DeletionView> {
    let (account_id, now) = (ctx.actor.account_id, tx.now());
    let patience = TimeDelta::days(i64::from(ctx.app.config.privacy.cooling_off_days));
    let outcome = serde_json::to_value(Outcome::default()).map_err(AppError::internal)?;
    let row = account_deletion::ActiveModel {
        id: Set(tx.new_id()),
        account_id: Set(Some(account_id)),
        subject_id: Set(None),
        status: Set(DeletionStatus::Scheduled),
        requested_at: Set(now),
        closes_at: Set(now + patience),
        cancelled_at: Set(None),
        erased_at: Set(None),
        outcome: Set(outcome),
        has_open_cases: Set(false),
    };
    let row = queries::insert_deletion(tx, row).await?;
    queries::set_standing(tx, account_id, AccountStatus::Closing, false, now).await?;
    let deletion_id = row.id;
    tx.enqueue(&ReleasePlaces { deletion_id }, Schedule::now()).await?;
    // Once more for a booking that was on its way with a caller who was still believed active.
    let in_flight = Duration::from_millis(ctx.app.config.http.request_timeout_ms) + FRESH;
    let later = now + TimeDelta::from_std(in_flight).map_err(AppError::internal)?;
    tx.enqueue(&ReleasePlaces { deletion_id }, Schedule::at(later)).await?;
    let once = Schedule::at(row.closes_at).once(format!("account.erase:{deletion_id}"));
    tx.enqueue(&EraseAccount { deletion_id }, once).await?;
    notify(&ctx.app, tx, account_id, NotificationKind::AccountClosing, deletion_id).await?;
    tx.audit("account.request_deletion", "account_deletion", deletion_id, None).await?;
    Ok(row.into())
}

pub async fn get_deletion(ctx: &Ctx<perm::MePrivacy>) -> AppResult<DeletionView> {
    let row = queries::last_deletion(&ctx.app.db, ctx.actor.account_id).await?;
    row.map(DeletionView::from).ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

/// Until the erasure has begun; the places that were given back stay so.
pub async fn cancel_deletion(ctx: &Ctx<perm::MePrivacy>) -> AppResult<DeletionView> {
    let account_id = ctx.actor.account_id;
    let tx = ctx.begin().await?;
    lock_own(&tx, account_id).await?;
    let row = queries::last_deletion(&tx, account_id)
        .await?
        .filter(|row| row.status == DeletionStatus::Scheduled)
        .ok_or_else(|| AppError::new(ErrorCode::DeletionNotScheduled))?;
    let mut change = row.clone().into_active_model();
    change.status = Set(DeletionStatus::Cancelled);
    change.cancelled_at = Set(Some(ctx.now));
    queries::update_deletion(&tx, change).await?;
    queries::set_standing(&tx, account_id, AccountStatus::Active, false, ctx.now).await?;
    tx.audit("account.cancel_deletion", "account_deletion", row.id, None).await?;
    tx.commit().await?;
    ctx.app.principals.forget(Subject::Resident(account_id));
    get_deletion(ctx).await
}

/// Gives back the places of an account while it closes.
pub async fn release_places(app: &App, deletion_id: Uuid) -> AppResult<()> {
    let row = queries::deletion(&app.db, deletion_id).await?;
    match row.filter(|row| row.status == DeletionStatus::Scheduled).and_then(|row| row.account_id) {
        Some(account_id) => release_bookings(app, account_id, Some(app.clock.now())).await,
        None => Ok(()),
    }
}

pub async fn list_account_deletions(
    ctx: &Ctx<perm::RestrictedRead>,
    filter: DeletionFilter,
) -> AppResult<Page<AccountDeletionView>> {
    let (cursor, limit) = filter.page().parse()?;
    let rows = queries::deletions_page(&ctx.app.db, filter.status, cursor, limit).await?;
    let key = |row: &account_deletion::Model| (row.requested_at, row.id);
    let page = Page::build(rows, limit, key, certificate);
    let items = page.items.into_iter().collect::<AppResult<_>>()?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

fn certificate(row: account_deletion::Model) -> AppResult<AccountDeletionView> {
    Ok(AccountDeletionView {
        id: row.id,
        status: row.status,
        requested_at: row.requested_at,
        closes_at: row.closes_at,
        cancelled_at: row.cancelled_at,
        erased_at: row.erased_at,
        outcome: serde_json::from_value(row.outcome).map_err(AppError::internal)?,
    })
}
