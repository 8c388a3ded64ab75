//! The tables, looked at from outside.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::booking::{self, BookingChannel, BookingStatus as S};
use entity::slot::{self, SlotStatus};
use proptest::prelude::*;
use uuid::Uuid;

use super::states::{BookingAction as A, Holding, Party, Places, holding, is_final, transition};
use super::{Case, Rules, allowed_actions, check, fhir_appointment, fhir_slot};
use crate::platform::http::ErrorCode;

pub(super) const RULES: Rules = Rules {
    cutoff: TimeDelta::hours(2),
    max_moves: 2,
    check_in_before: TimeDelta::hours(1),
    no_show_grace: TimeDelta::minutes(30),
    parcel_grace: TimeDelta::days(7),
    undo_no_show: TimeDelta::days(7),
    scan_tolerance: TimeDelta::minutes(15),
};

pub(super) fn at(hours: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
}

/// From the 100th to the 102nd hour.
pub(super) fn slot(held: i32, booked: i32) -> slot::Model {
    slot::Model {
        id: Uuid::nil(),
        lab_id: Uuid::nil(),
        service_id: Uuid::nil(),
        starts_at: at(100),
        ends_at: at(102),
        starts_on: NaiveDate::default(),
        capacity: 10,
        held,
        booked,
        status: SlotStatus::Open,
        created_at: at(0),
        version: 0,
        plan_id: None,
        stop_id: None,
        reserved_units: 0,
        reserved_used: 0,
        released_at: None,
        district_code: None,
        district_first_until: None,
        lottery_id: None,
        closes_at: None,
        waiting: 0,
        last_waitlist_no: 0,
        shrinks_to: None,
    }
}

pub(super) fn booking(status: S) -> booking::Model {
    booking::Model {
        id: Uuid::nil(),
        account_id: None,
        slot_id: Uuid::nil(),
        lab_id: Uuid::nil(),
        service_id: Uuid::nil(),
        status,
        product_name: String::new(),
        reason: None,
        confirm_by: Some(at(20)),
        decided_at: None,
        decided_by: None,
        created_at: at(0),
        updated_at: at(0),
        version: 0,
        units: 1,
        channel: BookingChannel::Online,
        expires_at: Some(at(10)),
        rescheduled_from: None,
        moves: 0,
        beneficiary_cipher: None,
        beneficiary_phone_cipher: None,
        person_index: Vec::new(),
        phone_index: None,
        account_quota_no: None,
        phone_quota_no: None,
        public_code: String::new(),
        pin_cipher: None,
        booked_by: None,
        parcel_number: None,
        checked_in_at: None,
        checked_in_by: None,
        checked_in_place: None,
        sample_number: None,
        completed_at: None,
        priority_until: None,
        reason_code: None,
        void_reason: None,
        void_reason_code: None,
        void_requested_by: None,
        void_requested_at: None,
        voided_by: None,
        waitlist_no: None,
        units_absent: 0,
    }
}

fn judge(booking: &booking::Model, who: Party, now: DateTime<Utc>, action: A) -> Option<ErrorCode> {
    let actor_id = Some(Uuid::from_u128(2));
    let slot = slot(0, 0);
    check(&Case { booking, slot: &slot, now, rules: RULES, who, actor_id }, action).err()
}

/// Every change there is: who, from, what, to, and what becomes of the place.
const TABLE: &[(Party, S, A, S, Places)] = &[
    (Party::Resident, S::Held, A::Request, S::PendingLab, Places::Stay),
    (Party::Resident, S::Offered, A::Accept, S::PendingLab, Places::Stay),
    (Party::Resident, S::Held, A::Cancel, S::CancelledByUser, Places::ReleaseHeld),
    (Party::Resident, S::PendingLab, A::Cancel, S::CancelledByUser, Places::ReleaseHeld),
    (Party::Resident, S::Offered, A::Cancel, S::CancelledByUser, Places::ReleaseHeld),
    (Party::Resident, S::Waitlisted, A::Cancel, S::CancelledByUser, Places::LeaveLine),
    (Party::Resident, S::Confirmed, A::Cancel, S::CancelledByUser, Places::ReleaseBooked),
    (Party::Resident, S::PendingLab, A::Reschedule, S::CancelledByUser, Places::ReleaseHeld),
    (Party::Resident, S::Confirmed, A::Reschedule, S::CancelledByUser, Places::ReleaseBooked),
    (Party::Lab, S::PendingLab, A::Confirm, S::Confirmed, Places::HeldToBooked),
    (Party::Lab, S::PendingLab, A::Reject, S::Rejected, Places::ReleaseHeld),
    (Party::Lab, S::Confirmed, A::Cancel, S::CancelledByLab, Places::ReleaseBooked),
    (Party::Lab, S::Confirmed, A::CheckIn, S::CheckedIn, Places::Stay),
    (Party::Lab, S::CheckedIn, A::StartTesting, S::Testing, Places::Stay),
    (Party::Lab, S::Testing, A::Complete, S::Completed, Places::Stay),
    (Party::Lab, S::CheckedIn, A::EndVisit, S::Completed, Places::Stay),
    (Party::Hq, S::Confirmed, A::Cancel, S::CancelledByLab, Places::ReleaseBooked),
    (Party::Hq, S::Held, A::RequestVoid, S::Held, Places::Stay),
    (Party::Hq, S::PendingLab, A::RequestVoid, S::PendingLab, Places::Stay),
    (Party::Hq, S::Confirmed, A::RequestVoid, S::Confirmed, Places::Stay),
    (Party::Hq, S::CheckedIn, A::RequestVoid, S::CheckedIn, Places::Stay),
    (Party::Hq, S::Testing, A::RequestVoid, S::Testing, Places::Stay),
    (Party::Hq, S::Waitlisted, A::RequestVoid, S::Waitlisted, Places::Stay),
    (Party::Hq, S::Offered, A::RequestVoid, S::Offered, Places::Stay),
    (Party::Hq, S::Held, A::Void, S::Voided, Places::ReleaseHeld),
    (Party::Hq, S::PendingLab, A::Void, S::Voided, Places::ReleaseHeld),
    (Party::Hq, S::Offered, A::Void, S::Voided, Places::ReleaseHeld),
    (Party::Hq, S::Confirmed, A::Void, S::Voided, Places::ReleaseBooked),
    (Party::Hq, S::CheckedIn, A::Void, S::Voided, Places::ReleaseBooked),
    (Party::Hq, S::Testing, A::Void, S::Voided, Places::ReleaseBooked),
    (Party::Hq, S::Waitlisted, A::Void, S::Voided, Places::LeaveLine),
    (Party::System, S::Waitlisted, A::Offer, S::Offered, Places::WaitToHeld),
    (Party::System, S::Held, A::Expire, S::Expired, Places::ReleaseHeld),
    (Party::System, S::PendingLab, A::Expire, S::Expired, Places::ReleaseHeld),
    (Party::System, S::Offered, A::Expire, S::Expired, Places::ReleaseHeld),
    (Party::System, S::Waitlisted, A::Expire, S::Expired, Places::LeaveLine),
    (Party::System, S::Held, A::Cancel, S::CancelledByUser, Places::ReleaseHeld),
    (Party::System, S::PendingLab, A::Cancel, S::CancelledByUser, Places::ReleaseHeld),
    (Party::System, S::Offered, A::Cancel, S::CancelledByUser, Places::ReleaseHeld),
    (Party::System, S::Waitlisted, A::Cancel, S::CancelledByUser, Places::LeaveLine),
    (Party::System, S::Confirmed, A::Cancel, S::CancelledByUser, Places::ReleaseBooked),
    (Party::System, S::Confirmed, A::MarkNoShow, S::NoShow, Places::Stay),
    (Party::Lab, S::NoShow, A::UndoNoShow, S::CheckedIn, Places::Stay),
    (Party::Scanner, S::Confirmed, A::CheckIn, S::CheckedIn, Places::Stay),
    (Party::Scanner, S::NoShow, A::CheckIn, S::CheckedIn, Places::Stay),
];

#[test]
fn the_table_is_this_and_nothing_else() {
    let mut seen = 0;
    for who in Party::ALL {
        for from in S::all() {
            for action in A::ALL {
                let row = TABLE.iter().find(|row| (row.0, row.1, row.2) == (who, from, action));
                let wanted = row.map(|row| (row.3, row.4));
                let found = transition(who, from, action).map(|step| (step.to, step.places));
                assert_eq!(found, wanted, "{who:?} {from:?} {action:?}");
                // Who came after all is let in.
                let may_leave = !is_final(from) || from == S::NoShow;
                assert!(found.is_none() || may_leave, "{from:?} is final");
                seen += usize::from(found.is_some());
            }
        }
    }
    assert_eq!(seen, TABLE.len());
}

#[test]
fn every_state_has_its_codes_for_an_export() {
    let codes: Vec<_> =
        S::all().map(|state| (state, fhir_appointment(state), fhir_slot(state))).collect();
    assert_eq!(
        codes,
        [
            (S::Held, "pending", Some("busy-tentative")),
            (S::PendingLab, "pending", Some("busy-tentative")),
            (S::Confirmed, "booked", Some("busy")),
            (S::CheckedIn, "checked-in", Some("busy")),
            (S::Testing, "fulfilled", Some("busy")),
            (S::Completed, "fulfilled", Some("busy")),
            (S::Waitlisted, "waitlist", None),
            (S::Offered, "proposed", Some("busy-tentative")),
            (S::Rejected, "cancelled", Some("free")),
            (S::Expired, "cancelled", Some("free")),
            (S::CancelledByUser, "cancelled", Some("free")),
            (S::CancelledByLab, "cancelled", Some("free")),
            (S::NoShow, "noshow", Some("busy")),
            (S::Voided, "entered-in-error", Some("free")),
        ]
    );
}

#[test]
fn a_hold_and_an_offer_can_be_used_until_they_end() {
    for (state, action) in [(S::Held, A::Request), (S::Offered, A::Accept)] {
        let booking = booking(state);
        let before = at(10) - TimeDelta::microseconds(1);
        assert_eq!(judge(&booking, Party::Resident, before, action), None);
        assert_eq!(
            judge(&booking, Party::System, before, A::Expire),
            Some(ErrorCode::BookingNotPending)
        );
        let late = Some(ErrorCode::HoldExpired);
        assert_eq!(judge(&booking, Party::Resident, at(10), action), late);
        assert_eq!(judge(&booking, Party::System, at(10), A::Expire), None);
    }
    let waiting = booking(S::PendingLab);
    assert!(judge(&waiting, Party::System, at(19), A::Expire).is_some());
    assert_eq!(judge(&waiting, Party::System, at(20), A::Expire), None);
    let in_vain = booking(S::Waitlisted);
    assert!(judge(&in_vain, Party::System, at(99), A::Expire).is_some());
    assert_eq!(judge(&in_vain, Party::System, at(100), A::Expire), None);
}

#[test]
fn a_confirmed_place_cannot_be_given_back_at_the_last_moment() {
    let (confirmed, pending) = (booking(S::Confirmed), booking(S::PendingLab));
    for action in [A::Cancel, A::Reschedule] {
        let late = at(98) + TimeDelta::microseconds(1);
        assert_eq!(judge(&confirmed, Party::Resident, at(98), action), None);
        assert_eq!(judge(&confirmed, Party::Resident, late, action), Some(ErrorCode::CutoffPassed));
        assert_eq!(judge(&pending, Party::Resident, late, action), None);
    }
    // The lab may have to, whenever it is.
    assert_eq!(judge(&confirmed, Party::Lab, at(99), A::Cancel), None);
    let moved = booking::Model { moves: 2, ..confirmed };
    assert_eq!(
        judge(&moved, Party::Resident, at(1), A::Reschedule),
        Some(ErrorCode::MovesExhausted)
    );
    assert_eq!(judge(&moved, Party::Resident, at(1), A::Cancel), None);
}

#[test]
fn the_desk_opens_before_the_slot_and_nobody_is_missed_before_it_closes() {
    let confirmed = booking(S::Confirmed);
    let close = at(102) + TimeDelta::minutes(30);
    let moment = TimeDelta::microseconds(1);
    for (now, may_enter, is_missed) in [
        (at(99) - moment, false, false),
        (at(99), true, false),
        (close - moment, true, false),
        (close, true, true),
        (close + moment, false, true),
    ] {
        assert_eq!(judge(&confirmed, Party::Lab, now, A::CheckIn).is_none(), may_enter, "{now}");
        assert_eq!(
            judge(&confirmed, Party::System, now, A::MarkNoShow).is_none(),
            is_missed,
            "{now}"
        );
    }
}

#[test]
fn it_takes_two_people_to_void() {
    let asked_by = |who: Option<u128>| booking::Model {
        void_requested_by: who.map(Uuid::from_u128),
        ..booking(S::Testing)
    };
    let second = Some(ErrorCode::SecondPersonNeeded);
    // The one who asks here is number 2.
    for (by, request, void) in [
        (None, None, second),
        (Some(2), Some(ErrorCode::BookingNotPending), second),
        (Some(1), Some(ErrorCode::BookingNotPending), None),
    ] {
        assert_eq!(judge(&asked_by(by), Party::Hq, at(1), A::RequestVoid), request);
        assert_eq!(judge(&asked_by(by), Party::Hq, at(1), A::Void), void);
    }
}

#[test]
fn everybody_sees_the_buttons_that_work() {
    let actions = |state, who, now| {
        let (booking, slot) = (booking(state), slot(0, 0));
        allowed_actions(&Case {
            booking: &booking,
            slot: &slot,
            now,
            rules: RULES,
            who,
            actor_id: None,
        })
    };
    assert_eq!(actions(S::Held, Party::Resident, at(1)), [A::Request, A::Cancel]);
    assert_eq!(actions(S::Held, Party::Resident, at(11)), [A::Cancel]);
    assert_eq!(actions(S::Confirmed, Party::Resident, at(1)), [A::Cancel, A::Reschedule]);
    assert_eq!(actions(S::Confirmed, Party::Resident, at(99)), []);
    assert_eq!(actions(S::Confirmed, Party::Lab, at(1)), [A::Cancel]);
    assert_eq!(actions(S::Confirmed, Party::Lab, at(99)), [A::Cancel, A::CheckIn]);
    assert_eq!(actions(S::PendingLab, Party::Lab, at(1)), [A::Confirm, A::Reject]);
    assert_eq!(actions(S::Confirmed, Party::Hq, at(1)), [A::Cancel, A::RequestVoid]);
    for who in Party::ALL {
        assert_eq!(actions(S::Completed, who, at(1)), []);
    }
}

proptest! {
    /// Whatever anybody does in any order, the counters are the units of the bookings that hold.
    #[test]
    fn the_counters_follow_any_walk(
        steps in prop::collection::vec((0..8_usize, 0..Party::ALL.len(), 0..A::ALL.len()), 0..200),
        units in prop::collection::vec(1..4_i32, 8),
        waits in prop::collection::vec(any::<bool>(), 8),
    ) {
        let first = |waits: bool| if waits { S::Waitlisted } else { S::Held };
        let mut states: Vec<S> = waits.into_iter().map(first).collect();
        let sum = |states: &[S], what| -> i32 {
            let of = |(state, units): (&S, &i32)| if holding(*state) == what { *units } else { 0 };
            states.iter().zip(&units).map(of).sum()
        };
        let line = |states: &[S]| states.iter().filter(|s| holding(**s) == Holding::Waiting).count();
        let (mut held, mut booked, mut waiting) = (sum(&states, Holding::Held), 0, line(&states));
        for (who, party, action) in steps {
            let (Some(party), Some(action)) = (Party::ALL.get(party), A::ALL.get(action)) else {
                continue;
            };
            let Some(step) = transition(*party, states[who], *action) else { continue };
            let n = units[who];
            match step.places {
                Places::Stay => {}
                Places::WaitToHeld => { waiting -= 1; held += n; }
                Places::LeaveLine => waiting -= 1,
                Places::HeldToBooked => { held -= n; booked += n; }
                Places::ReleaseHeld => held -= n,
                Places::ReleaseBooked => booked -= n,
            }
            states[who] = step.to;
            prop_assert_eq!((held, booked), (sum(&states, Holding::Held), sum(&states, Holding::Booked)));
            prop_assert_eq!(waiting, line(&states));
        }
    }
}
