use std::collections::HashMap;

use chrono::{NaiveDate, TimeDelta};
use entity::booking::{self, BookingStatus};
use entity::slot;
use uuid::Uuid;

use super::read::{seen_by_staff, without_accreditation};
use crate::features::appointments::dto::{VisitFilter, VisitView};
use crate::features::appointments::policy;
use crate::features::appointments::queries::{self, DayQuery};
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::{day_begins, local_date};
use crate::platform::db::Page;
use crate::platform::http::AppResult;

/// Who is expected, or came, or should have come.
pub(super) const EXPECTED: [BookingStatus; 6] = [
    BookingStatus::PendingLab,
    BookingStatus::Confirmed,
    BookingStatus::CheckedIn,
    BookingStatus::Testing,
    BookingStatus::Completed,
    BookingStatus::NoShow,
];

/// The bookings of a day in China: three queries at most, whatever their number.
pub async fn list_visits(
    ctx: &Ctx<perm::BookingRead>,
    filter: VisitFilter,
) -> AppResult<Page<VisitView>> {
    let (cursor, limit) = filter.page().parse()?;
    let states = filter.status.map_or_else(|| EXPECTED.to_vec(), |status| vec![status]);
    let on = filter.on.unwrap_or_else(|| local_date(ctx.now));
    let query = day(on, filter.lab_id, filter.stop_id, states);
    let (db, scope) = (&ctx.app.db, policy::labs::<perm::BookingRead>(&ctx.actor));
    let rows = queries::day_page(db, &scope, &query, cursor, limit).await?;
    let slots = queries::slots(db, rows.iter().map(|row| row.slot_id)).await?;
    let slots: HashMap<Uuid, slot::Model> = slots.into_iter().map(|slot| (slot.id, slot)).collect();
    let page = page_by_time(rows, limit, &slots, |row, slot| {
        Ok(VisitView {
            booking: seen_by_staff(ctx, &row, slot)?,
            parcel_number: row.parcel_number,
            sample_number: row.sample_number,
            checked_in_at: row.checked_in_at,
            checked_in_place: row.checked_in_place,
        })
    });
    let mut items: Vec<_> = page.items.into_iter().collect::<AppResult<_>>()?;
    let bookings = items.iter_mut().map(|visit: &mut VisitView| &mut visit.booking);
    without_accreditation(ctx, bookings).await?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

pub(super) fn day(
    on: NaiveDate,
    lab_id: Option<Uuid>,
    stop_id: Option<Uuid>,
    states: Vec<BookingStatus>,
) -> DayQuery {
    let from = day_begins(on);
    DayQuery { from, until: from + TimeDelta::days(1), lab_id, stop_id, states }
}

/// A page of [`queries::day_page`].
pub(super) fn page_by_time<T>(
    rows: Vec<booking::Model>,
    limit: u64,
    slots: &HashMap<Uuid, slot::Model>,
    view: impl Fn(booking::Model, &slot::Model) -> AppResult<T>,
) -> Page<AppResult<T>> {
    // A booking refers to its slot; the database does not let it go.
    let rows: Vec<_> =
        rows.into_iter().filter_map(|row| Some((slots.get(&row.slot_id)?, row))).collect();
    Page::build(rows, limit, |(slot, row)| (slot.starts_at, row.id), |(slot, row)| view(row, slot))
}
