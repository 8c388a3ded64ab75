//! A booking as a calendar entry (RFC 5545, RFC 5546).

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use entity::booking::{self, BookingStatus};
use entity::{lab, slot, stop};
use icalendar::{
    Alarm, Calendar, CalendarDateTime, Component as _, DatePerhapsTime, Event, EventLike as _,
    EventStatus, Trigger,
};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::visits::EXPECTED;
use crate::app::App;
use crate::features::appointments::model::is_final;
use crate::features::appointments::queries;
use crate::features::labs::service::{require_lab, require_lab_service};
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::{day_begins, local_date, local_time};
use crate::platform::http::{AppError, AppResult, ErrorCode};

const ZONE: &str = "Asia/Shanghai";
const EMPTY: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Sanjin//appointments//ZH\r\n\
    CALSCALE:GREGORIAN\r\nEND:VCALENDAR\r\n";
/// UTC+8 all year since 1992. The library would write it with a UID and a time of its own, which no
/// zone has and which are others each time.
const VTIMEZONE: &str = "BEGIN:VTIMEZONE\r\nTZID:Asia/Shanghai\r\nBEGIN:STANDARD\r\n\
    DTSTART:19920101T000000\r\nTZOFFSETFROM:+0800\r\nTZOFFSETTO:+0800\r\nTZNAME:CST\r\n\
    END:STANDARD\r\nEND:VTIMEZONE\r\n";
/// How much a lab's calendar shows at most, the next first.
const MOST_EVENTS: usize = 2_000;
/// A place that is moved becomes another booking, whose versions begin anew; no booking and its stop have
/// so many together.
const VERSIONS: u32 = 1_000;
/// When the calendar reminds.
const AHEAD: TimeDelta = TimeDelta::hours(24);

/// The entry of one's own booking. A later version of the same entry replaces an earlier one; a
/// booking that came to nothing takes it out again.
pub async fn get_booking_calendar(ctx: &Ctx<perm::BookingUse>, id: Uuid) -> AppResult<String> {
    let db = &ctx.app.db;
    let not_found = || AppError::new(ErrorCode::NotFound);
    let booking =
        queries::own_booking(db, ctx.actor.account_id, id).await?.ok_or_else(not_found)?;
    let slot = queries::slot(db, booking.slot_id).await?.ok_or_else(not_found)?;
    let lab = require_lab(db, booking.lab_id).await?;
    let service = require_lab_service(db, booking.service_id).await?;
    let status = status(&booking);
    let is_over = status == EventStatus::Cancelled;
    let mut calendar = empty(if is_over { "CANCEL" } else { "PUBLISH" })?;
    let stops = Stops::of(db, [&slot]).await?;
    let mut event = event(&booking, &slot);
    // Where it was moved, calendars move the entry they have.
    let (first, moves) = origin(db, &booking).await?;
    let version = version(&booking) + stops.version(&slot);
    event.uid(&uid(first)).sequence(moves * VERSIONS + version);
    event.location(&stops.place(&slot, &lab));
    event.summary(&format!("{}（{}）", service.name, lab.name)).description(&format!(
        "预约码 {}，检测免费、自愿。联系电话 {}",
        booking.public_code, lab.phone
    ));
    if !is_over {
        event.alarm(Alarm::display(&service.name, Trigger::before_start(AHEAD)));
    }
    calendar.push(event.done());
    Ok(written(&calendar))
}

/// A lab's bookings from a week ago to two months ahead, for its own calendars: what is tested and the
/// code, and nobody's name.
///
/// # Errors
/// `not_found`
pub async fn lab_calendar(app: &App, lab_id: Uuid, now: DateTime<Utc>) -> AppResult<String> {
    let db = &app.db;
    let lab = require_lab(db, lab_id).await?;
    // Whole days, so that the same hours give the same bytes.
    let today = day_begins(local_date(now));
    let span = (today - TimeDelta::days(7), today + TimeDelta::days(61));
    let limit = MOST_EVENTS as u64 + 1;
    let mut bookings = queries::calendar_bookings(db, lab_id, span, &EXPECTED, limit).await?;
    let is_cut = bookings.len() > MOST_EVENTS;
    bookings.truncate(MOST_EVENTS);
    let slots = queries::slots(db, bookings.iter().map(|booking| booking.slot_id)).await?;
    let slots: HashMap<Uuid, slot::Model> = slots.into_iter().map(|slot| (slot.id, slot)).collect();
    let mut calendar = empty("PUBLISH")?;
    calendar.name(&format!("{} 预约", lab.name));
    if is_cut {
        calendar.description(&format!("预约较多，仅列出最近的 {MOST_EVENTS} 条"));
    }
    let stops = Stops::of(db, slots.values()).await?;
    for booking in bookings {
        let Some(slot) = slots.get(&booking.slot_id) else { continue };
        let mut event = event(&booking, slot);
        let what =
            format!("{} {}（{} 份）", booking.public_code, booking.product_name, booking.units);
        event.sequence(version(&booking) + stops.version(slot));
        calendar.push(event.summary(&what).location(&stops.place(slot, &lab)).done());
    }
    Ok(written(&calendar))
}

fn empty(method: &str) -> AppResult<Calendar> {
    let mut calendar: Calendar = EMPTY.parse().map_err(AppError::internal)?;
    calendar.append_property(("METHOD", method));
    Ok(calendar)
}

/// With the time zone where it belongs: after the properties, before what happens.
fn written(calendar: &Calendar) -> String {
    let text = calendar.to_string();
    let begins = |component| text.find(&format!("\r\n{component}\r\n")).map(|at| at + 2);
    let at = begins("BEGIN:VEVENT").or_else(|| begins("END:VCALENDAR")).unwrap_or_default();
    let (before, rest) = text.split_at(at);
    [before, VTIMEZONE, rest].concat()
}

fn status(booking: &booking::Model) -> EventStatus {
    match booking.status {
        BookingStatus::Completed | BookingStatus::NoShow => EventStatus::Confirmed,
        status if is_final(status) => EventStatus::Cancelled,
        BookingStatus::Held
        | BookingStatus::PendingLab
        | BookingStatus::Waitlisted
        | BookingStatus::Offered => EventStatus::Tentative,
        _ => EventStatus::Confirmed,
    }
}

/// When it is and how it stands.
fn event(booking: &booking::Model, slot: &slot::Model) -> Event {
    let (begin, end) = times(slot);
    Event::with_uid(&uid(booking.id))
        .timestamp(booking.updated_at)
        .status(status(booking))
        .starts(begin)
        .ends(end)
        .done()
}

fn uid(first: Uuid) -> String {
    format!("{first}@booking.sanjin")
}

fn version(booking: &booking::Model) -> u32 {
    u32::try_from(booking.version).unwrap_or_default()
}

/// The booking that was moved to become this one, and how often; residents and plans move few, and
/// seldom (`appointments.max_moves`).
async fn origin(db: &impl ConnectionTrait, booking: &booking::Model) -> AppResult<(Uuid, u32)> {
    let (mut first, mut moves, mut from) = (booking.id, 0, booking.rescheduled_from);
    while let Some(id) = from {
        (first, moves) = (id, moves + 1);
        from = queries::any_booking(db, id).await?.and_then(|before| before.rescheduled_from);
    }
    Ok((first, moves))
}

/// The outreach stops of slots.
struct Stops(HashMap<Uuid, stop::Model>);

impl Stops {
    async fn of(
        db: &impl ConnectionTrait,
        slots: impl IntoIterator<Item = &slot::Model>,
    ) -> AppResult<Self> {
        let ids: HashSet<Uuid> = slots.into_iter().filter_map(|slot| slot.stop_id).collect();
        if ids.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let stops = queries::stops(db, ids).await?;
        Ok(Self(stops.into_iter().map(|stop| (stop.id, stop)).collect()))
    }

    fn at(&self, slot: &slot::Model) -> Option<&stop::Model> {
        self.0.get(&slot.stop_id?)
    }

    /// Where to go.
    fn place(&self, slot: &slot::Model, lab: &lab::Model) -> String {
        let stop = self.at(slot);
        stop.map_or_else(|| lab.address.clone(), |stop| format!("{} {}", stop.name, stop.address))
    }

    /// Counts with the booking's: who has the entry learns of another place.
    fn version(&self, slot: &slot::Model) -> u32 {
        self.at(slot).and_then(|stop| u32::try_from(stop.version).ok()).unwrap_or_default()
    }
}

fn times(slot: &slot::Model) -> (DatePerhapsTime, DatePerhapsTime) {
    let at = |at: DateTime<Utc>| {
        let date_time = local_time(at);
        CalendarDateTime::WithTimezone { date_time, tzid: ZONE.to_owned() }.into()
    };
    (at(slot.starts_at), at(slot.ends_at))
}
