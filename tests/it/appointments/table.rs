//! Every party, state and action through the service: what the table of transitions allows is done, with
//! the counters and the timeline; everything else is refused and changes nothing. The table itself is
//! written down in the unit tests of the model.

use chrono::TimeDelta;
use entity::booking::{self, BookingStatus};
use entity::slot;
use sanjin::features::appointments::service::{By, change_booking};
use sanjin::features::appointments::{BookingAction, Party, transition};
use sanjin::platform::clock::local_date;
use sanjin::platform::db::{AuditActor, Tx};
use sea_orm::{ConnectionTrait, EntityTrait as _, Iterable as _, Set, Statement};
use tests::{TestApp, backends};
use uuid::Uuid;

use super::{id, post};

/// Lines of the table of transitions.
const TRANSITIONS: usize = 45;

/// (held, booked, waiting) of the slot when its one booking is in this state.
fn counters(status: BookingStatus) -> [i32; 3] {
    use BookingStatus as S;

    match status {
        S::Held | S::PendingLab | S::Offered => [2, 0, 0],
        S::Confirmed | S::CheckedIn | S::Testing | S::Completed | S::NoShow => [0, 2, 0],
        S::Waitlisted => [0, 0, 1],
        S::Rejected | S::Expired | S::CancelledByUser | S::CancelledByLab | S::Voided => [0, 0, 0],
    }
}

/// Puts the booking into a state, at a time at which nothing but the table stands in the way.
async fn put(
    app: &TestApp,
    tx: &Tx,
    booking_id: Uuid,
    state: BookingStatus,
    action: BookingAction,
) {
    let (now, minutes) = (app.now(), TimeDelta::minutes);
    let (starts_in, ends) = match action {
        BookingAction::CheckIn => (minutes(30), minutes(5)),
        BookingAction::Expire | BookingAction::MarkNoShow => (minutes(-300), minutes(-5)),
        _ => (minutes(48 * 60), minutes(5)),
    };
    let [held, booked, waiting] = counters(state);
    let slot = slot::ActiveModel {
        starts_at: Set(now + starts_in),
        starts_on: Set(local_date(now + starts_in)),
        ends_at: Set(now + starts_in + minutes(60)),
        held: Set(held),
        booked: Set(booked),
        waiting: Set(waiting),
        last_waitlist_no: Set(1),
        ..slot::ActiveModel::default()
    };
    slot::Entity::update_many().set(slot).exec(tx).await.unwrap();
    let is_void = action == BookingAction::Void;
    let booking = booking::ActiveModel {
        id: Set(booking_id),
        status: Set(state),
        expires_at: Set(Some(now + ends)),
        confirm_by: Set(Some(now + ends)),
        waitlist_no: Set(Some(1)),
        sample_number: Set((action != BookingAction::EndVisit).then(|| "1".to_owned())),
        void_requested_by: Set(is_void.then(Uuid::nil)),
        ..booking::ActiveModel::default()
    };
    booking::Entity::update(booking).exec(tx).await.unwrap();
}

async fn number(tx: &Tx, sql: &str) -> i64 {
    let statement = Statement::from_string(tx.get_database_backend(), sql);
    tx.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

backends! {
    async fn every_party_state_and_action_goes_by_the_table(app) {
        let lab = app.lab("甲实验室").await;
        let slot_id = app.slot(&lab, 48, 3).await;
        let person = app.resident("xiaoming").await;
        let form = serde_json::json!({ "slot_id": slot_id, "product_name": "玩具", "units": 2 });
        let booking_id = id(&post(app, &person, "/bookings", form).await.expect(201));
        let (mut allowed, mut refused) = (0, 0);
        for (who, from) in Party::ALL.into_iter().flat_map(|who| BookingStatus::iter().map(move |s| (who, s))) {
            for action in BookingAction::ALL {
                let what = format!("{who:?} {action:?} of {from:?}");
                let (actor, actor_id) = match who {
                    Party::Resident => (AuditActor::Resident(person.id), None),
                    Party::System => (AuditActor::System, None),
                    Party::Lab | Party::Hq | Party::Onlooker | Party::Scanner => {
                        (AuditActor::Staff(lab.staff.id), Some(lab.staff.id))
                    }
                };
                // Never committed, so that the next one finds what this one found.
                let mut tx = app.app.begin(actor).await.unwrap();
                put(app, &tx, booking_id, from, action).await;
                let before = booking::Entity::find_by_id(booking_id).one(&tx).await.unwrap().unwrap();
                let by =
                    By { who, actor_id, reason: None, reason_code: None, expected: None, at: None };
                let outcome = change_booking(&app.app, &mut tx, before.clone(), action, by).await;
                let after = booking::Entity::find_by_id(booking_id).one(&tx).await.unwrap().unwrap();
                let slot = slot::Entity::find_by_id(slot_id).one(&tx).await.unwrap().unwrap();
                let lines = number(&tx, "SELECT COUNT(*) FROM booking_events").await;
                match (transition(who, from, action), outcome) {
                    (Some(step), Ok((seen, _))) => {
                        allowed += 1;
                        assert_eq!((after.status, &seen), (step.to, &after), "{what}");
                        assert_eq!([slot.held, slot.booked, slot.waiting], counters(step.to), "{what}");
                        assert_eq!((lines, after.version), (2, before.version + 1), "{what}");
                        let line = format!(
                            "SELECT COUNT(*) FROM booking_events WHERE from_status = '{}' AND to_status = '{}'",
                            word(from), word(step.to),
                        );
                        assert_eq!(number(&tx, &line).await, 1, "{what}");
                    }
                    (None, Err(error)) => {
                        refused += 1;
                        assert_eq!(error.code().as_str(), "booking_not_pending", "{what}");
                        assert_eq!((after, lines), (before, 1), "{what}");
                        assert_eq!([slot.held, slot.booked, slot.waiting], counters(from), "{what}");
                    }
                    (step, outcome) => panic!("{what}: {step:?} by the table, and {outcome:?}"),
                }
                drop(tx);
            }
        }
        assert_eq!((allowed, allowed + refused), (TRANSITIONS, 6 * 14 * 16));
    }
}

fn word(status: BookingStatus) -> String {
    use sea_orm::ActiveEnum as _;

    status.to_value()
}
