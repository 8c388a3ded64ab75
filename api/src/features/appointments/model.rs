//! The states of a booking: which change is allowed, and what it does to the slot's counters.

use chrono::{DateTime, TimeDelta, Utc};
use entity::booking::{self, BookingStatus};
use entity::slot::{self, SlotStatus};
use serde::Serialize;
use utoipa::ToSchema;

use crate::platform::http::ErrorCode;

/// Who asks for a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    Resident,
    Lab,
    System,
}

/// What can be done with a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BookingAction {
    Cancel,
    Confirm,
    Reject,
    Expire,
    /// Two accounts of one person became one and had booked the same slot.
    Merge,
}

/// Which places a change moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    /// A held place becomes a booked one.
    HeldToBooked,
    ReleaseHeld,
    ReleaseBooked,
}

/// One allowed change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    pub to: BookingStatus,
    pub places: Places,
}

/// The whole table of transitions. `None` is refused.
#[must_use]
pub fn transition(who: Party, from: BookingStatus, action: BookingAction) -> Option<Transition> {
    use BookingAction as A;
    use BookingStatus as S;

    let (to, places) = match (who, from, action) {
        (Party::Lab, S::PendingLab, A::Confirm) => (S::Confirmed, Places::HeldToBooked),
        (Party::Lab, S::PendingLab, A::Reject) => (S::Rejected, Places::ReleaseHeld),
        (Party::Resident, S::PendingLab, A::Cancel) => (S::CancelledByUser, Places::ReleaseHeld),
        (Party::Resident, S::Confirmed, A::Cancel) => (S::CancelledByUser, Places::ReleaseBooked),
        (Party::System, S::PendingLab, A::Expire) => (S::Expired, Places::ReleaseHeld),
        (Party::System, S::PendingLab, A::Merge) => (S::CancelledByUser, Places::ReleaseHeld),
        (Party::System, S::Confirmed, A::Merge) => (S::CancelledByUser, Places::ReleaseBooked),
        _ => return None,
    };
    Some(Transition { to, places })
}

/// Whether a change has become too late: a confirmed place cannot be given back at the last
/// moment, an unconfirmed one always can.
#[must_use]
pub fn is_past_cutoff(
    from: BookingStatus,
    action: BookingAction,
    starts_at: DateTime<Utc>,
    now: DateTime<Utc>,
    cutoff: TimeDelta,
) -> bool {
    from == BookingStatus::Confirmed && action == BookingAction::Cancel && now + cutoff > starts_at
}

/// Which of one person's two bookings of a slot is given up: one that waits before one that the lab
/// confirmed, then the later one.
#[must_use]
pub fn spare<'a>(one: &'a booking::Model, other: &'a booking::Model) -> &'a booking::Model {
    let rank =
        |row: &booking::Model| (row.status != BookingStatus::Confirmed, row.created_at, row.id);
    if rank(one) > rank(other) { one } else { other }
}

#[must_use]
pub fn allowed_actions(
    who: Party,
    status: BookingStatus,
    starts_at: DateTime<Utc>,
    now: DateTime<Utc>,
    cutoff: TimeDelta,
) -> Vec<BookingAction> {
    [BookingAction::Cancel, BookingAction::Confirm, BookingAction::Reject]
        .into_iter()
        .filter(|action| transition(who, status, *action).is_some())
        .filter(|action| !is_past_cutoff(status, *action, starts_at, now, cutoff))
        .collect()
}

/// Why a place could not be taken in a slot that exists. "Held" may free itself, "full" will not.
#[must_use]
pub fn refusal(slot: &slot::Model, now: DateTime<Utc>, cutoff: TimeDelta) -> ErrorCode {
    if slot.status != SlotStatus::Open {
        ErrorCode::SlotClosed
    } else if now + cutoff >= slot.starts_at {
        ErrorCode::CutoffPassed
    } else if slot.booked >= slot.capacity {
        ErrorCode::SlotFull
    } else if slot.held + slot.booked >= slot.capacity {
        ErrorCode::SlotHeld
    } else {
        // The place was free when we looked and the lab is suspended.
        ErrorCode::SlotClosed
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::Iterable as _;

    use super::*;

    const ACTIONS: [BookingAction; 5] = [
        BookingAction::Cancel,
        BookingAction::Confirm,
        BookingAction::Reject,
        BookingAction::Expire,
        BookingAction::Merge,
    ];

    #[test]
    fn exactly_seven_transitions_exist() {
        let mut allowed = Vec::new();
        for who in [Party::Resident, Party::Lab, Party::System] {
            for from in BookingStatus::iter() {
                for action in ACTIONS {
                    if let Some(change) = transition(who, from, action) {
                        allowed.push((who, from, action, change.to));
                    }
                }
            }
        }
        assert_eq!(allowed.len(), 7, "{allowed:?}");
        // Nothing leaves a final state.
        for (_, from, ..) in allowed {
            assert!(matches!(from, BookingStatus::PendingLab | BookingStatus::Confirmed));
        }
    }

    #[test]
    fn a_confirmed_place_cannot_be_given_back_at_the_last_moment() {
        let (start, cutoff) = (DateTime::UNIX_EPOCH, TimeDelta::hours(2));
        let actions = |status, now| allowed_actions(Party::Resident, status, start, now, cutoff);
        let late = start - TimeDelta::hours(1);
        let early = start - TimeDelta::hours(3);
        assert_eq!(actions(BookingStatus::Confirmed, early), [BookingAction::Cancel]);
        assert_eq!(actions(BookingStatus::Confirmed, late), []);
        assert_eq!(actions(BookingStatus::PendingLab, late), [BookingAction::Cancel]);
        assert_eq!(actions(BookingStatus::Expired, early), []);
    }

    #[test]
    fn the_better_of_two_bookings_stays() {
        let booking = |status, minute| booking::Model {
            id: uuid::Uuid::from_u128(minute),
            account_id: uuid::Uuid::nil(),
            slot_id: uuid::Uuid::nil(),
            lab_id: uuid::Uuid::nil(),
            service_id: uuid::Uuid::nil(),
            status,
            product_name: String::new(),
            reason: None,
            confirm_by: DateTime::UNIX_EPOCH,
            decided_at: None,
            decided_by: None,
            created_at: DateTime::UNIX_EPOCH + TimeDelta::minutes(i64::try_from(minute).unwrap()),
            updated_at: DateTime::UNIX_EPOCH,
            version: 0,
        };
        let (first, second) =
            (booking(BookingStatus::PendingLab, 1), booking(BookingStatus::PendingLab, 2));
        let confirmed = booking(BookingStatus::Confirmed, 3);
        for (one, other, given_up) in [
            (&first, &second, &second),
            (&second, &first, &second),
            (&first, &confirmed, &first),
            (&confirmed, &first, &first),
        ] {
            assert_eq!(spare(one, other).id, given_up.id);
        }
    }

    #[test]
    fn held_and_full_are_told_apart() {
        let slot = |held, booked| slot::Model {
            id: uuid::Uuid::nil(),
            lab_id: uuid::Uuid::nil(),
            service_id: uuid::Uuid::nil(),
            starts_at: DateTime::UNIX_EPOCH + TimeDelta::days(1),
            ends_at: DateTime::UNIX_EPOCH + TimeDelta::days(2),
            starts_on: chrono::NaiveDate::default(),
            capacity: 2,
            held,
            booked,
            status: SlotStatus::Open,
            created_at: DateTime::UNIX_EPOCH,
            version: 0,
        };
        let why = |slot: slot::Model| refusal(&slot, DateTime::UNIX_EPOCH, TimeDelta::hours(2));
        assert_eq!(why(slot(0, 2)), ErrorCode::SlotFull);
        assert_eq!(why(slot(1, 1)), ErrorCode::SlotHeld);
        let closed = slot::Model { status: SlotStatus::Closed, ..slot(0, 0) };
        assert_eq!(why(closed), ErrorCode::SlotClosed);
        let late = slot::Model { starts_at: DateTime::UNIX_EPOCH, ..slot(0, 0) };
        assert_eq!(why(late), ErrorCode::CutoffPassed);
    }
}
