use std::collections::{BTreeSet, HashMap};

use entity::booking::{self, BookingStatus};
use entity::slot;
use uuid::Uuid;

use super::cancel::of_scope;
use super::person::{beneficiary, seat_view};
use super::rules;
use crate::features::appointments::dto::{
    BookingDetail, BookingView, DiscloseVisitors, LabBookingFilter, Visitors,
};
use crate::features::appointments::model::{Case, Party};
use crate::features::appointments::{policy, queries};
use crate::features::labs::service::unaccredited;
use crate::platform::auth::{Ctx, Permission, Staff, StaffPermission, perm};
use crate::platform::clock::local_date;
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// A booking as the one who asks sees it.
pub(super) fn seen<P: Permission>(
    ctx: &Ctx<P>,
    booking: &booking::Model,
    slot: &slot::Model,
    who: Party,
) -> AppResult<BookingView> {
    let rules = rules(&ctx.app.config.appointments);
    let (_, actor_id) = ctx.audit_actor().parts();
    let case = Case { booking, slot, now: ctx.now, rules, who, actor_id };
    Ok(BookingView::of(&case, beneficiary(&ctx.app, booking, None)?))
}

/// Takes out of `allowed_actions` what needs an accreditation that is over. The answers to changes need it
/// not: they offer nothing of the kind, but for a place just held, of a lab that had one.
pub(super) async fn without_accreditation<P: Permission>(
    ctx: &Ctx<P>,
    bookings: impl IntoIterator<Item = &mut BookingView>,
) -> AppResult<()> {
    let needs = |booking: &&mut BookingView| {
        booking.allowed_actions.iter().any(|action| action.needs_accreditation())
    };
    let bookings: Vec<_> = bookings.into_iter().filter(needs).collect();
    if bookings.is_empty() {
        return Ok(());
    }
    let services: BTreeSet<_> = bookings.iter().map(|booking| booking.slot.service_id).collect();
    let unaccredited = unaccredited(&ctx.app.db, services, local_date(ctx.now)).await?;
    for booking in bookings {
        if unaccredited.contains(&booking.slot.service_id) {
            booking.allowed_actions.retain(|action| !action.needs_accreditation());
        }
    }
    Ok(())
}

/// As [`seen`], for staff.
pub(super) fn seen_by_staff<P: StaffPermission<Actor = Staff>>(
    ctx: &Ctx<P>,
    booking: &booking::Model,
    slot: &slot::Model,
) -> AppResult<BookingView> {
    seen(ctx, booking, slot, policy::party(&ctx.actor, booking.lab_id))
}

pub async fn list_bookings(
    ctx: &Ctx<perm::BookingUse>,
    page: PageQuery,
) -> AppResult<Page<BookingView>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::own_page(&ctx.app.db, ctx.actor.account_id, cursor, limit).await?;
    page_of_views(ctx, rows, limit, |_| Party::Resident).await
}

pub async fn list_lab_bookings(
    ctx: &Ctx<perm::BookingRead>,
    filter: LabBookingFilter,
) -> AppResult<Page<BookingView>> {
    let (cursor, limit) = filter.page().parse()?;
    let scope = policy::labs::<perm::BookingRead>(&ctx.actor);
    let code = filter.public_code.map(|code| code.trim().to_uppercase());
    let code = code.as_deref();
    let rows = queries::lab_page(&ctx.app.db, &scope, filter.status, code, cursor, limit).await?;
    page_of_views(ctx, rows, limit, |row| policy::party(&ctx.actor, row.lab_id)).await
}

/// Joins a page of bookings with their slots and with what is accredited: three queries at most, whatever
/// the length.
async fn page_of_views<P: Permission>(
    ctx: &Ctx<P>,
    rows: Vec<booking::Model>,
    limit: u64,
    who: impl Fn(&booking::Model) -> Party,
) -> AppResult<Page<BookingView>> {
    let slots = queries::slots(&ctx.app.db, rows.iter().map(|row| row.slot_id)).await?;
    let slots: HashMap<Uuid, slot::Model> = slots.into_iter().map(|slot| (slot.id, slot)).collect();
    let key = |row: &booking::Model| (row.created_at, row.id);
    let page = Page::build(rows, limit, key, |row| {
        // A booking refers to its slot; the database does not let it go.
        slots.get(&row.slot_id).map(|slot| seen(ctx, &row, slot, who(&row)))
    });
    let mut items: Vec<_> = page.items.into_iter().flatten().collect::<AppResult<_>>()?;
    without_accreditation(ctx, &mut items).await?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

pub async fn get_booking(ctx: &Ctx<perm::BookingUse>, id: Uuid) -> AppResult<BookingDetail> {
    let booking = queries::own_booking(&ctx.app.db, ctx.actor.account_id, id).await?;
    detail(ctx, booking, |_| Party::Resident).await
}

pub async fn get_lab_booking(ctx: &Ctx<perm::BookingRead>, id: Uuid) -> AppResult<BookingDetail> {
    let scope = policy::labs::<perm::BookingRead>(&ctx.actor);
    let booking = queries::lab_booking(&ctx.app.db, &scope, id).await?;
    detail(ctx, booking, |booking| policy::party(&ctx.actor, booking.lab_id)).await
}

/// Whom a booking is for, in clear, for a reason that goes into the audit trail.
pub async fn disclose_visitors(
    ctx: &Ctx<perm::IdentityRead>,
    id: Uuid,
    input: DiscloseVisitors,
) -> AppResult<Visitors> {
    let app = &ctx.app;
    let tx = ctx.begin().await?;
    let booking = of_scope(ctx, &tx, id).await?;
    let disclosed = tx.disclose("booking.view", "booking", id, &input.reason).await?;
    let roster = queries::seats(&tx, id).await?;
    let seat = |row| seat_view(app, row, Some(&disclosed));
    let visitors = Visitors {
        beneficiary: beneficiary(app, &booking, Some(&disclosed))?,
        roster: roster.into_iter().map(seat).collect::<AppResult<_>>()?,
    };
    tx.commit().await?;
    Ok(visitors)
}

pub(super) async fn detail<P: Permission>(
    ctx: &Ctx<P>,
    booking: Option<booking::Model>,
    who: impl Fn(&booking::Model) -> Party,
) -> AppResult<BookingDetail> {
    let (app, db) = (&ctx.app, &ctx.app.db);
    let not_found = || AppError::new(ErrorCode::NotFound);
    let booking = booking.ok_or_else(not_found)?;
    let slot = queries::slot(db, booking.slot_id).await?.ok_or_else(not_found)?;
    let timeline = queries::events(db, booking.id).await?;
    let roster = queries::seats(db, booking.id).await?;
    let roster =
        roster.into_iter().map(|row| seat_view(app, row, None)).collect::<AppResult<_>>()?;
    let position = match (booking.status, booking.waitlist_no) {
        (BookingStatus::Waitlisted, Some(number)) => {
            Some(queries::count_before(db, slot.id, number).await? + 1)
        }
        _ => None,
    };
    let mut view = seen(ctx, &booking, &slot, who(&booking))?;
    without_accreditation(ctx, [&mut view]).await?;
    Ok(BookingDetail::of(view, roster, timeline, position))
}
