use std::time::Duration;

use entity::lottery;
use entity::lottery_entry::{self, LotteryEntryStatus};
use sea_orm::Set;
use uuid::Uuid;

use crate::features::lotteries::dto::{CreateLotteryEntry, LotteryEntryView};
use crate::features::lotteries::model::takes_entries;
use crate::features::lotteries::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery, Tx, unique_violation};
use crate::platform::http::{
    AppError, AppResult, Claim, ErrorCode, FieldError, IdempotencyKey, Reply,
};

/// Takes part. Whether somebody may book at all is looked at when they are drawn.
///
/// # Errors
/// `lottery_not_open`, `lottery_closed`, `already_entered`.
pub async fn create_lottery_entry(
    ctx: &Ctx<perm::BookingUse>,
    key: &IdempotencyKey,
    digest: &[u8; 32],
    input: CreateLotteryEntry,
) -> AppResult<Reply> {
    let tx = ctx.begin().await?;
    let settlement = match key.claim(ctx, &tx, "create_lottery_entry", digest).await? {
        Claim::Fresh(settlement) => settlement,
        Claim::Replay(reply) => return Ok(reply),
    };
    let lottery = open_lottery(ctx, &tx, input.lottery_id).await?;
    if !queries::has_slot(&tx, lottery.id, input.slot_id).await? {
        let message = "该时段不在此次摇号中";
        return Err(FieldError::new("slot_id", "unknown_value", message).into());
    }
    let row = lottery_entry::ActiveModel {
        id: Set(ctx.app.ids.random_id()),
        lottery_id: Set(lottery.id),
        slot_id: Set(input.slot_id),
        account_id: Set(Some(ctx.actor.account_id)),
        product_name: Set(Some(input.product_name)),
        status: Set(LotteryEntryStatus::Entered),
        created_at: Set(ctx.now),
        ..lottery_entry::ActiveModel::default()
    };
    let entry = match queries::insert_entry(&tx, row).await {
        Ok(entry) => entry,
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::AlreadyEntered.into()),
        Err(cause) => return Err(cause.into()),
    };
    let reply = Reply::json(201, &LotteryEntryView::from(entry))?;
    settlement.settle(&tx, &ctx.app.cipher, &reply).await?;
    tx.commit().await?;
    Ok(reply)
}

/// A lottery that goes on taking entries until the transaction ends.
async fn open_lottery(ctx: &Ctx<perm::BookingUse>, tx: &Tx, id: Uuid) -> AppResult<lottery::Model> {
    let lottery = queries::shared_lottery(tx, id).await?;
    let lottery = lottery.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    match takes_entries(&lottery, ctx.now) {
        Ok(()) => Ok(lottery),
        Err(ErrorCode::LotteryNotOpen) => {
            let wait: Duration = (lottery.opens_at - ctx.now).to_std().unwrap_or_default();
            Err(AppError::new(ErrorCode::LotteryNotOpen).retry_after(wait))
        }
        Err(code) => Err(code.into()),
    }
}

pub async fn list_own_entries(
    ctx: &Ctx<perm::BookingUse>,
    page: PageQuery,
) -> AppResult<Page<LotteryEntryView>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::own_page(&ctx.app.db, ctx.actor.account_id, cursor, limit).await?;
    Ok(Page::build(rows, limit, |row| (row.created_at, row.id), LotteryEntryView::from))
}

/// Takes an entry back; another may be made for another slot.
///
/// # Errors
/// `not_found`, `lottery_closed`.
pub async fn withdraw_lottery_entry(ctx: &Ctx<perm::BookingUse>, id: Uuid) -> AppResult<()> {
    let tx = ctx.begin().await?;
    let entry = queries::own_entry(&tx, ctx.actor.account_id, id).await?;
    let entry = entry.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    open_lottery(ctx, &tx, entry.lottery_id).await?;
    queries::delete_entry(&tx, id).await?;
    Ok(tx.commit().await?)
}
