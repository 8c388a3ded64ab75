//! A booking as a calendar entry (RFC 5545, RFC 5546).

use chrono::{DateTime, TimeDelta, Utc};
use entity::booking::BookingStatus;
use entity::slot;
use icalendar::{
    Alarm, Calendar, CalendarDateTime, Component as _, DatePerhapsTime, Event, EventLike as _,
    EventStatus, Trigger,
};
use uuid::Uuid;

use crate::features::appointments::model::is_final;
use crate::features::appointments::queries;
use crate::features::labs::service::{require_lab, require_lab_service};
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::local_time;
use crate::platform::http::{AppError, AppResult, ErrorCode};

const ZONE: &str = "Asia/Shanghai";
/// UTC+8 all year since 1992.
const EMPTY: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Sanjin//appointments//ZH\r\n\
    CALSCALE:GREGORIAN\r\nBEGIN:VTIMEZONE\r\nTZID:Asia/Shanghai\r\nBEGIN:STANDARD\r\n\
    DTSTART:19920101T000000\r\nTZOFFSETFROM:+0800\r\nTZOFFSETTO:+0800\r\nTZNAME:CST\r\n\
    END:STANDARD\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n";
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
    let is_over = is_final(booking.status)
        && !matches!(booking.status, BookingStatus::Completed | BookingStatus::NoShow);
    let (method, status) = match booking.status {
        _ if is_over => ("CANCEL", EventStatus::Cancelled),
        BookingStatus::Held
        | BookingStatus::PendingLab
        | BookingStatus::Waitlisted
        | BookingStatus::Offered => ("PUBLISH", EventStatus::Tentative),
        _ => ("PUBLISH", EventStatus::Confirmed),
    };
    let mut calendar: Calendar = EMPTY.parse().map_err(AppError::internal)?;
    calendar.append_property(("METHOD", method));
    let mut event = Event::with_uid(&format!("{id}@booking.sanjin"));
    event
        .timestamp(booking.updated_at)
        .sequence(u32::try_from(booking.version).unwrap_or_default())
        .status(status)
        .summary(&format!("{}（{}）", service.name, lab.name))
        .location(&lab.address)
        .description(&format!(
            "预约码 {}，检测免费、自愿。联系电话 {}",
            booking.public_code, lab.phone
        ));
    let (begin, end) = times(&slot);
    event.starts(begin).ends(end);
    if !is_over {
        event.alarm(Alarm::display(&service.name, Trigger::before_start(AHEAD)));
    }
    calendar.push(event.done());
    Ok(calendar.to_string())
}

fn times(slot: &slot::Model) -> (DatePerhapsTime, DatePerhapsTime) {
    let at = |at: DateTime<Utc>| {
        let date_time = local_time(at);
        CalendarDateTime::WithTimezone { date_time, tzid: ZONE.to_owned() }.into()
    };
    (at(slot.starts_at), at(slot.ends_at))
}
