use std::collections::HashMap;

use entity::booking::{self, BookingChannel, BookingStatus};
use entity::booking_event;
use entity::slot;
use sea_orm::Set;
use uuid::Uuid;

use super::{rules, seconds};
use crate::features::appointments::dto::{BookingDetail, BookingView, CreateBooking};
use crate::features::appointments::jobs::ExpireBooking;
use crate::features::appointments::model::{Case, Party, refusal};
use crate::features::appointments::queries;
use crate::platform::auth::{Ctx, Permission, perm};
use crate::platform::db::{Page, PageQuery, Tx, unique_violation};
use crate::platform::http::{AppError, AppResult, Claim, ErrorCode, IdempotencyKey, Reply};
use crate::platform::jobs::Schedule;

/// A held place may come back when the lab rejects; asking again sooner is of no use.
const HELD_RETRY: std::time::Duration = std::time::Duration::from_secs(600);

pub async fn create_booking(
    ctx: &Ctx<perm::BookingUse>,
    key: &IdempotencyKey,
    digest: &[u8; 32],
    input: CreateBooking,
) -> AppResult<Reply> {
    let mut tx = ctx.begin().await?;
    let settlement = match key.claim(ctx, &tx, "create_booking", digest).await? {
        Claim::Fresh(settlement) => settlement,
        Claim::Replay(reply) => return Ok(reply),
    };
    let rules = rules(&ctx.app.config.appointments);
    let Some(slot) = queries::hold_place(&tx, input.slot_id, ctx.now + rules.cutoff).await? else {
        return Err(why_not(ctx, &tx, input.slot_id).await?);
    };
    let booking = insert(ctx, &tx, &slot, input.product_name).await?;
    if let Some(confirm_by) = booking.confirm_by {
        let once = format!("booking.expire:{}", booking.id);
        let job = ExpireBooking { booking_id: booking.id };
        tx.enqueue(&job, Schedule::at(confirm_by).once(once)).await?;
    }
    let view = BookingView::of(&case(ctx, &booking, &slot, Party::Resident));
    let reply = Reply::json(201, &view)?;
    settlement.settle(&tx, &ctx.app.cipher, &reply).await?;
    tx.commit().await?;
    Ok(reply)
}

async fn insert(
    ctx: &Ctx<perm::BookingUse>,
    tx: &Tx,
    slot: &slot::Model,
    product_name: String,
) -> AppResult<booking::Model> {
    let patience = seconds(ctx.app.config.appointments.confirm_within_secs);
    let row = booking::ActiveModel {
        id: Set(tx.new_id()),
        account_id: Set(Some(ctx.actor.account_id)),
        slot_id: Set(slot.id),
        lab_id: Set(slot.lab_id),
        service_id: Set(slot.service_id),
        status: Set(BookingStatus::PendingLab),
        product_name: Set(product_name),
        reason: Set(None),
        confirm_by: Set(Some((ctx.now + patience).min(slot.starts_at))),
        decided_at: Set(None),
        decided_by: Set(None),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
        version: Set(0),
        public_code: Set(ctx.app.ids.readable(10)),
        ..booking::ActiveModel::default()
    };
    let booking = match queries::insert_booking(tx, row).await {
        Ok(booking) => booking,
        // The transaction is dropped, and the place with it.
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::AlreadyBooked.into()),
        Err(cause) => return Err(cause.into()),
    };
    record(tx, booking.id, None, booking.status, None).await?;
    Ok(booking)
}

/// A booking as the one who asks sees it.
pub(super) fn case<'a, P: Permission>(
    ctx: &Ctx<P>,
    booking: &'a booking::Model,
    slot: &'a slot::Model,
    who: Party,
) -> Case<'a> {
    let rules = rules(&ctx.app.config.appointments);
    Case { booking, slot, now: ctx.now, rules, who, actor_id: None }
}

/// Adds a line to the timeline.
pub(super) async fn record(
    tx: &Tx,
    booking_id: Uuid,
    from: Option<BookingStatus>,
    to: BookingStatus,
    reason: Option<String>,
) -> AppResult<()> {
    let (actor_kind, actor_id) = tx.actor().parts();
    let row = booking_event::ActiveModel {
        id: Set(tx.new_id()),
        booking_id: Set(booking_id),
        from_status: Set(from),
        to_status: Set(to),
        actor_kind: Set(actor_kind),
        actor_id: Set(actor_id),
        reason: Set(reason),
        at: Set(tx.now()),
    };
    Ok(queries::insert_event(tx, row).await?)
}

async fn why_not(ctx: &Ctx<perm::BookingUse>, tx: &Tx, slot_id: Uuid) -> AppResult<AppError> {
    let slot = queries::slot(tx, slot_id).await?;
    let Some(slot) = slot else { return Ok(ErrorCode::NotFound.into()) };
    let rules = rules(&ctx.app.config.appointments);
    let code = refusal(&slot, 1, BookingChannel::Online, ctx.now, rules);
    let error = AppError::new(code);
    Ok(if code == ErrorCode::SlotHeld { error.retry_after(HELD_RETRY) } else { error })
}

pub async fn list_bookings(
    ctx: &Ctx<perm::BookingUse>,
    page: PageQuery,
) -> AppResult<Page<BookingView>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::own_page(&ctx.app.db, ctx.actor.account_id, cursor, limit).await?;
    page_of_views(ctx, rows, limit, Party::Resident).await
}

/// Joins a page of bookings with their slots: two queries whatever the length.
pub(super) async fn page_of_views<P: Permission>(
    ctx: &Ctx<P>,
    rows: Vec<booking::Model>,
    limit: u64,
    who: Party,
) -> AppResult<Page<BookingView>> {
    let slots = queries::slots(&ctx.app.db, rows.iter().map(|row| row.slot_id)).await?;
    let slots: HashMap<Uuid, slot::Model> = slots.into_iter().map(|slot| (slot.id, slot)).collect();
    let page = Page::build(
        rows,
        limit,
        |row| (row.created_at, row.id),
        |row| {
            let slot = slots.get(&row.slot_id)?;
            Some(BookingView::of(&case(ctx, &row, slot, who)))
        },
    );
    // A booking refers to its slot; the database does not let it go.
    Ok(Page { items: page.items.into_iter().flatten().collect(), next_cursor: page.next_cursor })
}

pub async fn get_booking(ctx: &Ctx<perm::BookingUse>, id: Uuid) -> AppResult<BookingDetail> {
    let db = &ctx.app.db;
    let not_found = || AppError::new(ErrorCode::NotFound);
    let booking =
        queries::own_booking(db, ctx.actor.account_id, id).await?.ok_or_else(not_found)?;
    let slot = queries::slot(db, booking.slot_id).await?.ok_or_else(not_found)?;
    let timeline = queries::events(db, id).await?;
    Ok(BookingDetail::of(&case(ctx, &booking, &slot, Party::Resident), timeline))
}
