//! When a change is allowed, and why a place is refused.

use chrono::{DateTime, TimeDelta, Utc};
use entity::booking::{self, BookingChannel, BookingStatus};
use entity::slot::{self, SlotStatus};
use uuid::Uuid;

use super::states::{BookingAction, Party, Transition, transition};
use crate::platform::clock::{day_begins, local_date};
use crate::platform::http::ErrorCode;

/// The settings that decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long before the beginning a slot can no longer be booked or given back.
    pub cutoff: TimeDelta,
    /// How often a booking may be moved.
    pub max_moves: i32,
    /// How long before the beginning the desk opens.
    pub check_in_before: TimeDelta,
    /// How long after the end somebody may still come.
    pub no_show_grace: TimeDelta,
    /// How long after the end a parcel may still come.
    pub parcel_grace: TimeDelta,
    /// How long after the end a no-show can be taken back.
    pub undo_no_show: TimeDelta,
    /// How wrong the clock of a scanner without network may be.
    pub scan_tolerance: TimeDelta,
}

/// A booking as it stands, and who looks at it when.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    pub booking: &'a booking::Model,
    pub slot: &'a slot::Model,
    pub now: DateTime<Utc>,
    pub rules: Rules,
    pub who: Party,
    /// The one person who acts, where it matters who that is.
    pub actor_id: Option<Uuid>,
}

/// Whether `action` is allowed now, and what it does.
///
/// # Errors
/// `booking_not_pending` outside the table of transitions; `hold_expired`, `cutoff_passed`,
/// `moves_exhausted`, `check_in_closed`, `sample_missing`, `no_show_settled` and `second_person_needed` by the guards.
pub fn check(case: &Case<'_>, action: BookingAction) -> Result<Transition, ErrorCode> {
    use BookingAction as A;

    let Case { booking, slot, now, rules, who, actor_id } = *case;
    let not_so = ErrorCode::BookingNotPending;
    let step = transition(who, booking.status, action).ok_or(not_so)?;
    let is_late = booking.status == BookingStatus::Confirmed && now + rules.cutoff > slot.starts_at;
    let last_minute = expected_until(booking, slot, rules);
    let refused = match action {
        A::Request | A::Accept => {
            booking.expires_at.is_some_and(|end| end <= now).then_some(ErrorCode::HoldExpired)
        }
        // A confirmed place cannot be given back at the last moment, an unconfirmed one always can.
        A::Cancel => (who == Party::Resident && is_late).then_some(ErrorCode::CutoffPassed),
        A::Reschedule if booking.moves >= rules.max_moves => Some(ErrorCode::MovesExhausted),
        A::Reschedule => is_late.then_some(ErrorCode::CutoffPassed),
        A::CheckIn if who == Party::Scanner => {
            (!is_on_day(slot, now, rules.scan_tolerance)).then_some(ErrorCode::CheckInClosed)
        }
        A::UndoNoShow => {
            // What was sent counts as missed only later.
            let noted = if booking.parcel_number.is_some() { last_minute } else { slot.ends_at };
            (noted + rules.undo_no_show < now).then_some(ErrorCode::NoShowSettled)
        }
        A::CheckIn => {
            let has_begun = slot.starts_at - rules.check_in_before <= now;
            // A parcel comes when it comes.
            let is_open = (has_begun || booking.parcel_number.is_some()) && now <= last_minute;
            (!is_open).then_some(ErrorCode::CheckInClosed)
        }
        A::RequestVoid => booking.void_requested_by.map(|_| not_so),
        A::Void => {
            let is_second = booking.void_requested_by.is_some_and(|by| Some(by) != actor_id);
            (!is_second).then_some(ErrorCode::SecondPersonNeeded)
        }
        A::Expire => (waits_until(booking, slot) > now).then_some(not_so),
        A::MarkNoShow => (last_minute > now).then_some(not_so),
        A::EndVisit => booking.sample_number.as_ref().map(|_| not_so),
        A::StartTesting => booking.sample_number.is_none().then_some(ErrorCode::SampleMissing),
        A::Confirm | A::Reject | A::Complete | A::Offer => None,
    };
    refused.map_or(Ok(step), Err)
}

/// Whether `at` is on the day in China on which a slot is, or on its last one when it ends on another,
/// by a clock that may be wrong.
fn is_on_day(slot: &slot::Model, at: DateTime<Utc>, tolerance: TimeDelta) -> bool {
    let begin = day_begins(slot.starts_on);
    let end = day_begins(local_date(slot.ends_at)) + TimeDelta::days(1);
    (begin - tolerance..end + tolerance).contains(&at)
}

/// Who has not come by then has not come, or their sample has not.
#[must_use]
pub fn expected_until(booking: &booking::Model, slot: &slot::Model, rules: Rules) -> DateTime<Utc> {
    let is_sent = booking.parcel_number.is_some();
    slot.ends_at + if is_sent { rules.parcel_grace } else { rules.no_show_grace }
}

/// When a booking that waits for somebody expires.
#[must_use]
pub fn waits_until(booking: &booking::Model, slot: &slot::Model) -> DateTime<Utc> {
    let end = match booking.status {
        BookingStatus::PendingLab => booking.confirm_by,
        BookingStatus::Held | BookingStatus::Offered => booking.expires_at,
        _ => None,
    };
    end.unwrap_or(slot.starts_at)
}

/// What the one who looks may do now. Clients draw their buttons from it.
#[must_use]
pub fn allowed_actions(case: &Case<'_>) -> Vec<BookingAction> {
    BookingAction::ALL.into_iter().filter(|action| check(case, *action).is_ok()).collect()
}

/// Places of a slot that nobody holds and that are not kept for other channels.
#[must_use]
pub fn room(slot: &slot::Model) -> i32 {
    let kept = (slot.reserved_units - slot.reserved_used).max(0);
    (slot.capacity - kept - slot.booked - slot.held).max(0)
}

/// Of these, what can be booked online: nothing while somebody waits, or where places are drawn.
#[must_use]
pub fn room_online(slot: &slot::Model) -> i32 {
    if slot.waiting > 0 || slot.lottery_id.is_some() { 0 } else { room(slot) }
}

/// The last instant at which a place is offered; whoever accepts it still gets there in time.
#[must_use]
pub fn offers_end(slot: &slot::Model, rules: Rules) -> DateTime<Utc> {
    slot.closes_at.unwrap_or(slot.starts_at - rules.cutoff)
}

/// Whether so many places can ever become free for whoever waits.
#[must_use]
pub fn can_ever_fit(slot: &slot::Model, units: i32) -> bool {
    units <= lasting_capacity(slot) - slot.reserved_units
}

/// The capacity that is left when those go who have more than the plan wants: their places go with them.
#[must_use]
pub fn lasting_capacity(slot: &slot::Model) -> i32 {
    slot.shrinks_to.unwrap_or(slot.capacity)
}

/// What somebody wants of a slot, and when.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    pub units: i32,
    pub channel: BookingChannel,
    pub now: DateTime<Utc>,
    /// Where they live, as far as they said.
    pub region_code: Option<&'a str>,
    /// A lab cancelled what they had, so that they need not wait until places are released or others
    /// have gone first.
    pub goes_first: bool,
}

/// Whether the residents of a district go first for now, and the one who asks is none of them.
#[must_use]
pub fn is_for_others_first(slot: &slot::Model, wish: &Wish<'_>) -> bool {
    let is_local = match (&slot.district_code, wish.region_code) {
        (Some(district), Some(region)) => region.starts_with(district.as_str()),
        _ => false,
    };
    wish.channel == BookingChannel::Online
        && slot.district_first_until.is_some_and(|until| until > wish.now)
        && !is_local
        && !wish.goes_first
}

/// Why places could not be taken in a slot that exists. "Held" may free itself, "full" will not.
/// The guard of `queries::Want` decides; this explains.
#[must_use]
pub fn refusal(slot: &slot::Model, wish: &Wish<'_>, rules: Rules) -> ErrorCode {
    // The place was free when we looked and the lab is suspended.
    obstacle(slot, wish, rules).unwrap_or(ErrorCode::SlotClosed)
}

/// What of the slot itself stands in the way of so many places.
#[must_use]
pub fn obstacle(slot: &slot::Model, wish: &Wish<'_>, rules: Rules) -> Option<ErrorCode> {
    let Wish { units, channel, now, goes_first, .. } = *wish;
    let is_online = channel == BookingChannel::Online;
    let reserved = (slot.reserved_units - slot.reserved_used).max(0);
    let room = lasting_capacity(slot) - slot.booked - if is_online { reserved } else { 0 };
    // At the desk they take what is kept for them, whoever waits online.
    let is_anybodys = is_online || units > reserved;
    let has_closed = match slot.closes_at {
        // Who stands at the desk may still come in.
        _ if !is_online => slot.ends_at <= now,
        Some(closes_at) => closes_at <= now,
        None => now + rules.cutoff >= slot.starts_at,
    };
    Some(if slot.status != SlotStatus::Open {
        ErrorCode::SlotClosed
    } else if has_closed {
        ErrorCode::CutoffPassed
    } else if is_online && !goes_first && slot.released_at.is_some_and(|at| at > now) {
        ErrorCode::SlotNotReleased
    } else if is_anybodys && slot.lottery_id.is_some() {
        ErrorCode::SlotDrawn
    } else if room < units {
        ErrorCode::SlotFull
    } else if room - slot.held < units {
        ErrorCode::SlotHeld
    } else if is_for_others_first(slot, wish) {
        ErrorCode::DistrictFirst
    } else if is_anybodys && slot.waiting > 0 {
        ErrorCode::WaitlistFirst
    } else {
        return None;
    })
}
