use std::collections::HashMap;

use entity::lottery;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::features::appointments::service::{DrawnSlot, drawn_slots};
use crate::features::lotteries::dto::{
    LotteryFilter, LotterySlotView, LotteryView, PublicEntryView,
};
use crate::features::lotteries::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppError, AppResult, ErrorCode};

pub async fn list_lotteries(
    ctx: &Ctx<perm::Public>,
    filter: LotteryFilter,
) -> AppResult<Page<LotteryView>> {
    let (cursor, limit) = filter.page().parse()?;
    let rows = queries::lottery_page(&ctx.app.db, filter.lab_id, cursor, limit).await?;
    let slots = slots(&ctx.app.db, &rows).await?;
    let key = |row: &lottery::Model| (row.created_at, row.id);
    Ok(Page::build(rows, limit, key, |row| LotteryView::of(row, &slots)))
}

pub async fn get_lottery(ctx: &Ctx<perm::Public>, id: Uuid) -> AppResult<LotteryView> {
    let lottery = queries::lottery(&ctx.app.db, id).await?;
    view(&ctx.app.db, lottery.ok_or_else(|| AppError::new(ErrorCode::NotFound))?).await
}

pub async fn list_lottery_entries(
    ctx: &Ctx<perm::Public>,
    id: Uuid,
    page: PageQuery,
) -> AppResult<Page<PublicEntryView>> {
    let (cursor, limit) = page.parse()?;
    if queries::lottery(&ctx.app.db, id).await?.is_none() {
        return Err(ErrorCode::NotFound.into());
    }
    let rows = queries::entry_page(&ctx.app.db, id, cursor, limit).await?;
    Ok(Page::build(rows, limit, |row| (row.created_at, row.id), PublicEntryView::from))
}

pub(super) async fn view(
    conn: &impl ConnectionTrait,
    lottery: lottery::Model,
) -> AppResult<LotteryView> {
    let slots = slots(conn, std::slice::from_ref(&lottery)).await?;
    Ok(LotteryView::of(lottery, &slots))
}

/// The slots of lotteries, next first: two queries whatever their number.
async fn slots(
    conn: &impl ConnectionTrait,
    lotteries: &[lottery::Model],
) -> AppResult<HashMap<Uuid, Vec<LotterySlotView>>> {
    let of_lotteries = queries::slots_of(conn, lotteries.iter().map(|row| row.id)).await?;
    let slots = drawn_slots(conn, of_lotteries.iter().map(|row| row.slot_id)).await?;
    let slots: HashMap<Uuid, DrawnSlot> =
        slots.into_iter().map(|drawn| (drawn.slot.id, drawn)).collect();
    let mut views: HashMap<Uuid, Vec<LotterySlotView>> = HashMap::new();
    for row in of_lotteries {
        let Some(DrawnSlot { slot, places }) = slots.get(&row.slot_id) else { continue };
        views.entry(row.lottery_id).or_default().push(LotterySlotView {
            slot_id: slot.id,
            service_id: slot.service_id,
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            places: row.places.unwrap_or(*places),
        });
    }
    for view in views.values_mut() {
        view.sort_by_key(|slot| (slot.starts_at, slot.slot_id));
    }
    Ok(views)
}
