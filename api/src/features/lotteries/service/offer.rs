use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use entity::lottery::{self, LotteryStatus};
use entity::{lottery_slot, slot};
use sea_orm::{IntoActiveModel as _, Set};
use serde_json::json;
use uuid::Uuid;

use super::read::view;
use super::{SEED, open_seed};
use crate::features::appointments::service::{end_lottery, reserve_for_lottery};
use crate::features::lotteries::dto::{CreateLottery, LotteryView};
use crate::features::lotteries::jobs::DrawLottery;
use crate::features::lotteries::model::{commitment, takes_entries};
use crate::features::lotteries::{policy, queries};
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::to_micros;
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};
use crate::platform::jobs::Schedule;

/// Announces a lottery: the seed is made and sealed now, and its commitment public from now on.
///
/// # Errors
/// `not_found` for slots of another lab, `slot_not_drawable`.
pub async fn create_lottery(
    ctx: &Ctx<perm::SlotManage>,
    input: CreateLottery,
) -> AppResult<LotteryView> {
    let app = &ctx.app;
    let opens_at = input.opens_at.map_or(ctx.now, to_micros);
    let closes_at = to_micros(input.closes_at);
    if closes_at <= opens_at.max(ctx.now) {
        let message = "应晚于现在和报名开始时间";
        return Err(FieldError::new("closes_at", "out_of_range", message).into());
    }
    let slot_ids: Vec<Uuid> =
        input.slot_ids.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    let mut seed = [0; 32];
    app.ids.fill(&mut seed);
    let mut tx = ctx.begin().await?;
    let id = tx.new_id();
    let slots = reserve_for_lottery(&tx, id, &slot_ids).await?;
    let lab_id = slots.first().map(|slot| slot.lab_id);
    let lab_id = lab_id.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    policy::of_own_lab(&ctx.actor, lab_id)?;
    if closes_at >= first_end(&slots, app.config.appointments.cutoff_secs) {
        let message = "应早于各时段停止预约的时间";
        return Err(FieldError::new("closes_at", "out_of_range", message).into());
    }
    let row = lottery::ActiveModel {
        id: Set(id),
        lab_id: Set(lab_id),
        title: Set(input.title),
        status: Set(LotteryStatus::Open),
        opens_at: Set(opens_at),
        closes_at: Set(closes_at),
        needs_confirmation: Set(input.needs_confirmation),
        seed_cipher: Set(Some(app.cipher.seal(SEED, &seed)?)),
        commitment: Set(commitment(&seed)),
        settled_rank: Set(0),
        created_by: Set(ctx.actor.staff_id),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
        version: Set(0),
        ..lottery::ActiveModel::default()
    };
    let of_lottery = |slot: &slot::Model| lottery_slot::ActiveModel {
        lottery_id: Set(id),
        slot_id: Set(slot.id),
        places: Set(None),
    };
    let lottery = queries::insert_lottery(&tx, row, slots.iter().map(of_lottery).collect()).await?;
    let once = Schedule::at(closes_at).once(format!("lottery.draw:{id}"));
    tx.enqueue(&DrawLottery { lottery_id: id }, once).await?;
    let details = json!({
        "slots": slot_ids, "opens_at": opens_at, "closes_at": closes_at,
        "commitment": lottery.commitment,
    });
    tx.audit("lottery.create", "lottery", id, Some(details)).await?;
    let view = view(&tx, lottery).await?;
    tx.commit().await?;
    Ok(view)
}

/// When the first of the slots can no longer be booked.
fn first_end(slots: &[slot::Model], cutoff_secs: u32) -> DateTime<Utc> {
    let cutoff = TimeDelta::seconds(i64::from(cutoff_secs));
    let ends = slots.iter().map(|slot| slot.closes_at.unwrap_or(slot.starts_at - cutoff));
    ends.min().unwrap_or_default()
}

/// Calls a lottery off. The seed becomes public, so that everybody sees what would have come out.
///
/// # Errors
/// `lottery_closed` from the draw on.
pub async fn cancel_lottery(ctx: &Ctx<perm::SlotManage>, id: Uuid) -> AppResult<LotteryView> {
    let mut tx = ctx.begin().await?;
    let lottery = queries::locked_lottery(&tx, id).await?;
    let lottery = lottery.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    policy::of_own_lab(&ctx.actor, lottery.lab_id)?;
    if takes_entries(&lottery, ctx.now) == Err(ErrorCode::LotteryClosed) {
        return Err(ErrorCode::LotteryClosed.into());
    }
    let seed = open_seed(&ctx.app, lottery.seed_cipher.as_deref())?;
    let version = lottery.version;
    let row = lottery::ActiveModel {
        status: Set(LotteryStatus::Cancelled),
        seed_cipher: Set(None),
        seed: Set(Some(hex::encode(seed))),
        updated_at: Set(ctx.now),
        version: Set(version + 1),
        ..lottery.into_active_model()
    };
    let lottery = queries::update_lottery(&tx, row).await?;
    end_lottery(&tx, id).await?;
    let once = Schedule::now().once(format!("lottery.dismiss:{id}"));
    tx.enqueue(&DrawLottery { lottery_id: id }, once).await?;
    tx.audit("lottery.cancel", "lottery", id, None).await?;
    let view = view(&tx, lottery).await?;
    tx.commit().await?;
    Ok(view)
}
