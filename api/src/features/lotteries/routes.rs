use actix_web::{delete, get, post};
use uuid::Uuid;

use super::dto::{
    CreateLottery, CreateLotteryEntry, LotteryEntryView, LotteryFilter, LotteryView,
    PublicEntryView,
};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, IdempotencyKey, Json, Path, Query, Reply};

/// Lotteries, newest first.
#[utoipa::path(tag = "lotteries", params(LotteryFilter), responses((status = 200, body = Page<LotteryView>)))]
#[get("/lotteries")]
pub async fn list_lotteries(
    ctx: Ctx<perm::Public>,
    filter: Query<LotteryFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_lotteries(&ctx, filter.0).await?)
}

/// One lottery: the commitment from the beginning; the seed and the digests since the draw.
#[utoipa::path(tag = "lotteries", responses((status = 200, body = LotteryView)))]
#[get("/lotteries/{id}")]
pub async fn get_lottery(ctx: Ctx<perm::Public>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::get_lottery(&ctx, id.0).await?)
}

/// Every entry and its rank, in no order that means anything: what it takes to draw again.
#[utoipa::path(tag = "lotteries", params(PageQuery), responses((status = 200, body = Page<PublicEntryView>)))]
#[get("/lotteries/{id}/entries")]
pub async fn list_lottery_entries(
    ctx: Ctx<perm::Public>,
    id: Path<Uuid>,
    page: Query<PageQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_lottery_entries(&ctx, id.0, page.0).await?)
}

/// Takes part in a lottery, once, for one of its slots.
#[utoipa::path(tag = "lotteries", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = LotteryEntryView)), security(("resident" = ["booking.use"])))]
#[post("/lottery-entries")]
pub async fn create_lottery_entry(
    ctx: Ctx<perm::BookingUse>,
    key: IdempotencyKey,
    input: Json<CreateLotteryEntry>,
) -> AppResult<Reply> {
    service::create_lottery_entry(&ctx, &key, &input.digest, input.value).await
}

/// One's own entries, newest first.
#[utoipa::path(tag = "lotteries", params(PageQuery), responses((status = 200, body = Page<LotteryEntryView>)), security(("resident" = ["booking.use"])))]
#[get("/lottery-entries")]
pub async fn list_own_entries(
    ctx: Ctx<perm::BookingUse>,
    page: Query<PageQuery>,
) -> AppResult<Reply> {
    Reply::ok(&service::list_own_entries(&ctx, page.0).await?)
}

/// Takes an entry back, until the lottery closes.
#[utoipa::path(tag = "lotteries", responses((status = 204)), security(("resident" = ["booking.use"])))]
#[delete("/lottery-entries/{id}")]
pub async fn withdraw_lottery_entry(
    ctx: Ctx<perm::BookingUse>,
    id: Path<Uuid>,
) -> AppResult<Reply> {
    service::withdraw_lottery_entry(&ctx, id.0).await?;
    Ok(Reply::no_content())
}

/// Lets the places of slots of one's own lab be drawn.
#[utoipa::path(tag = "lotteries", responses((status = 201, body = LotteryView)), security(("staff" = ["slot.manage"])))]
#[post("/staff/lotteries")]
pub async fn create_lottery(
    ctx: Ctx<perm::SlotManage>,
    input: Json<CreateLottery>,
) -> AppResult<Reply> {
    Reply::json(201, &service::create_lottery(&ctx, input.value).await?)
}

/// Calls a lottery of one's own lab off before it closes. Its slots can be booked like others.
#[utoipa::path(tag = "lotteries", responses((status = 200, body = LotteryView)), security(("staff" = ["slot.manage"])))]
#[post("/staff/lotteries/{id}/cancellation")]
pub async fn cancel_lottery(ctx: Ctx<perm::SlotManage>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::cancel_lottery(&ctx, id.0).await?)
}
