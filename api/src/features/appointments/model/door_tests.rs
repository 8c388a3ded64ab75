//! Who is let in late, and by which clock.

use chrono::{DateTime, TimeDelta, Utc};
use entity::booking::BookingStatus as S;
use entity::slot;

use super::rules::{Case, check};
use super::states::{BookingAction as A, Party};
use super::tests::{RULES, booking, slot};
use crate::platform::clock::from_local;
use crate::platform::http::ErrorCode;

#[test]
fn a_scanner_without_network_lets_in_on_the_day_and_the_lab_may_be_wrong_for_a_while() {
    // The slot is on 2026-11-24, 12:00 to 14:00 in China.
    let begins = from_local("2026-11-24T00:00:00".parse().unwrap());
    let day = slot::Model {
        starts_on: "2026-11-24".parse().unwrap(),
        starts_at: begins + TimeDelta::hours(12),
        ends_at: begins + TimeDelta::hours(14),
        ..slot(0, 0)
    };
    let judge = |state, who, now: DateTime<Utc>, action| {
        let booking = booking(state);
        let case = Case { booking: &booking, slot: &day, now, rules: RULES, who, actor_id: None };
        check(&case, action).err()
    };
    let (moment, tolerance) = (TimeDelta::microseconds(1), RULES.scan_tolerance);
    let ends = begins + TimeDelta::days(1);
    for state in [S::Confirmed, S::NoShow] {
        for (at, refused) in [
            (begins - tolerance - moment, Some(ErrorCode::CheckInClosed)),
            (begins - tolerance, None),
            (ends + tolerance - moment, None),
            (ends + tolerance, Some(ErrorCode::CheckInClosed)),
        ] {
            assert_eq!(judge(state, Party::Scanner, at, A::CheckIn), refused, "{state:?} {at}");
        }
    }
    let last = day.ends_at + RULES.undo_no_show;
    assert_eq!(judge(S::NoShow, Party::Lab, last, A::UndoNoShow), None);
    let late = judge(S::NoShow, Party::Lab, last + moment, A::UndoNoShow);
    assert_eq!(late, Some(ErrorCode::NoShowSettled));
}
