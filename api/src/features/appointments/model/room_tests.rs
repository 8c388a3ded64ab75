//! Why a place is refused, and to whom.

use entity::booking::BookingChannel;
use entity::slot::{self, SlotStatus};
use uuid::Uuid;

use super::rules::{Wish, is_for_others_first, refusal, room, room_online};
use super::tests::{RULES, at, slot};
use crate::platform::http::ErrorCode;

#[test]
fn a_refusal_says_why_and_held_is_not_full() {
    let why = |slot: &slot::Model, units, channel| {
        refusal(
            slot,
            &Wish { units, channel, now: at(50), region_code: None, goes_first: false },
            RULES,
        )
    };
    let online = |slot: &slot::Model| why(slot, 1, BookingChannel::Online);
    assert_eq!(online(&slot(0, 10)), ErrorCode::SlotFull);
    assert_eq!(online(&slot(1, 9)), ErrorCode::SlotHeld);
    assert_eq!(why(&slot(3, 6), 4, BookingChannel::Online), ErrorCode::SlotHeld);
    assert_eq!(why(&slot(0, 7), 4, BookingChannel::Online), ErrorCode::SlotFull);
    let kept = slot::Model { reserved_units: 4, reserved_used: 1, ..slot(0, 7) };
    assert_eq!(online(&kept), ErrorCode::SlotFull);
    let on_the_phone = slot::Model { held: 3, ..kept };
    assert_eq!(why(&on_the_phone, 1, BookingChannel::Phone), ErrorCode::SlotHeld);
    // Whoever stands at the desk may come in until the end.
    let begun = slot::Model { starts_at: at(49), ends_at: at(51), ..slot(0, 10) };
    assert_eq!(why(&begun, 1, BookingChannel::OnSite), ErrorCode::SlotFull);
    let over = slot::Model { ends_at: at(50), ..begun };
    assert_eq!(why(&over, 1, BookingChannel::OnSite), ErrorCode::CutoffPassed);
    for (slot, code) in [
        (slot::Model { status: SlotStatus::Closed, ..slot(0, 0) }, ErrorCode::SlotClosed),
        (slot::Model { starts_at: at(52), ..slot(0, 0) }, ErrorCode::CutoffPassed),
        (slot::Model { closes_at: Some(at(50)), ..slot(0, 0) }, ErrorCode::CutoffPassed),
        (slot::Model { released_at: Some(at(51)), ..slot(0, 0) }, ErrorCode::SlotNotReleased),
        (slot::Model { lottery_id: Some(Uuid::nil()), ..slot(0, 0) }, ErrorCode::SlotDrawn),
        (
            slot::Model { district_first_until: Some(at(51)), ..slot(0, 0) },
            ErrorCode::DistrictFirst,
        ),
        (slot::Model { waiting: 1, ..slot(0, 0) }, ErrorCode::WaitlistFirst),
        (slot::Model { waiting: 1, ..slot(1, 9) }, ErrorCode::SlotHeld),
        // Free, and yet it was not given: the lab is suspended.
        (slot(0, 0), ErrorCode::SlotClosed),
    ] {
        assert_eq!(online(&slot), code);
    }
}

#[test]
fn a_district_goes_first_until_its_time_is_over() {
    let slot = slot::Model {
        district_code: Some("110108".to_owned()),
        district_first_until: Some(at(51)),
        ..slot(0, 0)
    };
    let wish =
        |region_code, channel, now| Wish { units: 1, channel, now, region_code, goes_first: false };
    for (region, channel, now, waits) in [
        (Some("110108"), BookingChannel::Online, at(50), false),
        (Some("110108001"), BookingChannel::Online, at(50), false),
        (Some("1101"), BookingChannel::Online, at(50), true),
        (Some("110101"), BookingChannel::Online, at(50), true),
        (None, BookingChannel::Online, at(50), true),
        (None, BookingChannel::Phone, at(50), false),
        (None, BookingChannel::Online, at(51), false),
    ] {
        assert_eq!(is_for_others_first(&slot, &wish(region, channel, now)), waits, "{region:?}");
    }
    let before = Wish { goes_first: true, ..wish(None, BookingChannel::Online, at(50)) };
    assert!(!is_for_others_first(&slot, &before));
    // Who goes first and finds a line joins it.
    let line = slot::Model { waiting: 2, ..slot };
    let local = wish(Some("110108"), BookingChannel::Online, at(50));
    assert_eq!(refusal(&line, &local, RULES), ErrorCode::WaitlistFirst);
    assert_eq!((room(&line), room_online(&line)), (10, 0));
}
