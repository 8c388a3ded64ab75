//! A law of the whole: whatever anybody does in whatever order, the books are right after every step.

use chrono::TimeDelta;
use entity::booking::{self, BookingStatus};
use sanjin::features::appointments::BookingAction;
use sanjin::features::appointments::service::{By, change_booking};
use sanjin::platform::clock::{Clock as _, SystemClock};
use sanjin::platform::db::AuditActor;
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, EntityTrait as _, Iterable as _, QueryFilter as _,
};
use serde_json::{Value, json};
use tests::{Lab, OVERTAKEN, Person, Role, TestApp, TestResponse, backends};
use uuid::Uuid;

use super::storms::Dice;
use super::{id, post};

/// What never holds, each as a query that counts where it does.
const NEVER: &[(&str, &str)] = &[
    (
        "a timeline that does not begin once, or does not end where the booking stands",
        "SELECT COUNT(*) FROM bookings b WHERE \
         (SELECT COUNT(*) FROM booking_events e WHERE e.booking_id = b.id AND e.from_status IS NULL) <> 1 \
         OR (SELECT COUNT(*) FROM booking_events e WHERE e.booking_id = b.id AND e.to_status = b.status) <> 1 \
         OR EXISTS (SELECT 1 FROM booking_events e WHERE e.booking_id = b.id AND e.from_status = b.status)",
    ),
    (
        "a state that was reached and neither left nor kept, or left without having been reached",
        "SELECT COUNT(*) FROM booking_events e JOIN bookings b ON b.id = e.booking_id \
         WHERE (e.to_status <> b.status AND NOT EXISTS (SELECT 1 FROM booking_events n \
         WHERE n.booking_id = b.id AND n.from_status = e.to_status)) \
         OR (e.from_status IS NOT NULL AND NOT EXISTS (SELECT 1 FROM booking_events p \
         WHERE p.booking_id = b.id AND p.to_status = e.from_status))",
    ),
    (
        "a number of a quota given twice, or beyond the quota, or none where there has to be one",
        "SELECT COUNT(*) FROM bookings b WHERE b.account_id IS NOT NULL AND b.status IN ('held', 'pending_lab', 'confirmed') \
         AND (b.account_quota_no IS NULL OR b.account_quota_no NOT BETWEEN 1 AND 3 OR EXISTS \
         (SELECT 1 FROM bookings o WHERE o.account_id = b.account_id AND o.id <> b.id \
         AND o.account_quota_no = b.account_quota_no AND o.status IN ('held', 'pending_lab', 'confirmed', 'offered')))",
    ),
    (
        "two active bookings of one person in one slot",
        "SELECT COUNT(*) FROM bookings a JOIN bookings b ON a.account_id = b.account_id AND a.slot_id = b.slot_id \
         AND a.person_index = b.person_index AND a.id < b.id \
         WHERE a.status IN ('held', 'pending_lab', 'confirmed', 'checked_in', 'testing', 'waitlisted', 'offered') \
         AND b.status IN ('held', 'pending_lab', 'confirmed', 'checked_in', 'testing', 'waitlisted', 'offered')",
    ),
    ("somebody who was overtaken in the line", OVERTAKEN),
    (
        "more places than a slot has",
        "SELECT COUNT(*) FROM slots WHERE held + booked > capacity OR held < 0 OR booked < 0 OR waiting < 0",
    ),
];

struct World<'a> {
    app: &'a TestApp,
    lab: Lab,
    stranger: Lab,
    hq: [Person; 2],
    people: Vec<Person>,
    slots: Vec<Uuid>,
    /// With the number of whose it is.
    bookings: Vec<(Uuid, usize)>,
    dice: Dice,
    is_lapsed: bool,
}

impl World<'_> {
    fn roll(&mut self, sides: usize) -> usize {
        self.dice.roll(sides)
    }

    /// One of the latest bookings, and now and then somebody whose it is not.
    fn pick(&mut self) -> (Uuid, usize) {
        let latest = self.bookings.len().saturating_sub(12);
        let n = latest + self.roll(self.bookings.len() - latest);
        let (id, owner) = self.bookings[n];
        if self.roll(12) == 0 { (id, self.roll(self.people.len())) } else { (id, owner) }
    }

    /// Mostly one that stands so, and its owner.
    async fn pick_of(&mut self, states: &[BookingStatus]) -> (Uuid, usize) {
        let among = booking::Column::Status.is_in(states.iter().copied());
        let rows = booking::Entity::find().filter(among).all(&self.app.app.db).await.unwrap();
        let known: Vec<(Uuid, usize)> = self
            .bookings
            .iter()
            .copied()
            .filter(|(id, _)| rows.iter().any(|row| row.id == *id))
            .collect();
        if known.is_empty() || self.roll(4) == 0 {
            return self.pick();
        }
        known[self.roll(known.len())]
    }

    /// Anybody, anything.
    async fn step(&mut self) -> String {
        let (me, n) = (self.roll(self.people.len()), self.roll(self.slots.len()));
        let (slot, units) = (self.slots[n], 1 + self.roll(2));
        let form = json!({ "slot_id": slot, "product_name": "玩具", "units": units });
        let choice = if self.bookings.is_empty() { 0 } else { self.roll(29) };
        match choice {
            0..=2 => self.begin(me, "/bookings", form).await,
            3..=4 => self.begin(me, "/holds", json!({ "slot_id": slot, "units": units })).await,
            5..=7 => self.begin(me, "/waitlist-entries", form).await,
            8 => {
                let body = json!({
                    "slot_id": slot, "product_name": "电热毯", "channel": "phone",
                    "beneficiary": { "name": format!("张{me}"), "phone": format!("1380013800{units}") },
                });
                let staff = self.lab.staff.clone();
                self.ask(&staff, "/staff/bookings", body).await
            }
            9..=10 => {
                let (booking, me) = self.pick_of(&[BookingStatus::Held]).await;
                let path = format!("/bookings/{booking}/request");
                self.begin(me, &path, json!({ "product_name": "玩具" })).await
            }
            11 => self.own("cancellation", json!({})).await,
            12 => self.own("reschedule", json!({ "slot_id": slot })).await,
            13..=14 => {
                let (booking, me) = self.pick_of(&[BookingStatus::Offered]).await;
                self.begin(me, &format!("/bookings/{booking}/acceptance"), json!({})).await
            }
            15..=17 => {
                let (booking, _) = self.pick_of(&[BookingStatus::PendingLab]).await;
                let staff = self.lab.staff.clone();
                self.ask(&staff, &format!("/staff/bookings/{booking}/confirmation"), json!({}))
                    .await
            }
            18 => self.staff("rejection", json!({ "reason": "设备检修" })).await,
            19 => {
                let why = json!({ "reason_code": "site_closed", "reason": "设备检修" });
                let (booking, _) = self.pick_of(&[BookingStatus::Confirmed]).await;
                let staff = self.lab.staff.clone();
                self.ask(&staff, &format!("/staff/bookings/{booking}/cancellation"), why).await
            }
            20 => self.void().await,
            21..=23 => self.scan().await,
            24..=25 => self.test().await,
            26 if !self.is_lapsed => Box::pin(self.lapse()).await,
            _ => self.wait().await,
        }
    }

    async fn ask(&mut self, who: &Person, path: &str, body: Value) -> String {
        let reply = post(self.app, who, path, body).await;
        said(path, &reply)
    }

    async fn begin(&mut self, me: usize, path: &str, body: Value) -> String {
        let reply = post(self.app, &self.people[me], path, body).await;
        if reply.status == 201 {
            self.bookings.push((id(&reply.json()), me));
        }
        said(path, &reply)
    }

    async fn own(&mut self, what: &str, body: Value) -> String {
        let (booking, me) = self.pick();
        self.begin(me, &format!("/bookings/{booking}/{what}"), body).await
    }

    async fn staff(&mut self, what: &str, body: Value) -> String {
        let (booking, _) = self.pick();
        let is_stranger = self.roll(15) == 0;
        let who = if is_stranger { self.stranger.staff.clone() } else { self.lab.staff.clone() };
        self.ask(&who, &format!("/staff/bookings/{booking}/{what}"), body).await
    }

    /// One of the two asks for it, or agrees, or does both.
    async fn void(&mut self) -> String {
        let (booking, _) = self.pick();
        let (first, second) = (self.roll(2), self.roll(2));
        let why = json!({ "reason_code": "site_closed", "reason": "重复录入" });
        let path = |step: &str| format!("/staff/supervised-bookings/{booking}/{step}");
        let asker = self.hq[first].clone();
        let asked = self.ask(&asker, &path("void-request"), why).await;
        let approver = self.hq[second].clone();
        format!("{asked}; {}", self.ask(&approver, &path("void-approval"), json!({})).await)
    }

    async fn scan(&mut self) -> String {
        let (booking, me) = self.pick_of(&[BookingStatus::Confirmed]).await;
        let path = format!("/api/v1/bookings/{booking}/check-in-code");
        let shown = self.app.get(&path).by(&self.people[me]).send().await;
        if shown.status != 200 {
            return said("check-in-code", &shown);
        }
        let staff = self.lab.staff.clone();
        self.ask(&staff, "/staff/check-ins", json!({ "code": shown.json()["code"] })).await
    }

    /// The lab begins or finishes a test.
    async fn test(&mut self) -> String {
        let at_the_lab = [BookingStatus::CheckedIn, BookingStatus::Testing];
        let (booking, _) = self.pick_of(&at_the_lab).await;
        let finishes = self.roll(2) == 0;
        let action = if finishes { BookingAction::Complete } else { BookingAction::StartTesting };
        // Samples have tests of their own.
        let number = "UPDATE bookings SET sample_number = public_code WHERE status = 'checked_in'";
        self.app.execute(number).await;
        let staff = self.lab.staff.id;
        let mut tx = self.app.app.begin(AuditActor::Staff(staff)).await.unwrap();
        let row = booking::Entity::find_by_id(booking).one(&tx).await.unwrap().unwrap();
        let by = By::staff(sanjin::features::appointments::Party::Lab, staff, None);
        match change_booking(&self.app.app, &mut tx, row, action, by).await {
            Ok(_) => {
                tx.commit().await.unwrap();
                format!("{action:?}")
            }
            Err(error) => format!("{action:?}: {}", error.code().as_str()),
        }
    }

    async fn accredit(&self, until: &str) {
        let id = self.app.literal(self.lab.id);
        let sql = format!("UPDATE labs SET accredited_until = '{until}' WHERE id = {id}");
        self.app.execute(&sql).await;
    }

    /// The lab may not test for a while, in which nobody gets a place.
    async fn lapse(&mut self) -> String {
        let rows = "SELECT COUNT(*) FROM bookings";
        let confirmed = "SELECT COUNT(*) FROM booking_events WHERE to_status = 'confirmed'";
        let before = (self.app.count(rows).await, self.app.count(confirmed).await);
        self.accredit("2026-11-19").await;
        self.is_lapsed = true;
        let mut done = vec!["lapsed".to_owned()];
        for _ in 0..4 {
            done.push(self.step().await);
            self.look(&done.join("; ")).await;
        }
        let after = (self.app.count(rows).await, self.app.count(confirmed).await);
        assert_eq!(after, before, "{}", done.join("; "));
        self.accredit("2040-12-31").await;
        self.is_lapsed = false;
        // Those who waited meanwhile are looked for every ten minutes.
        self.app.advance(TimeDelta::minutes(10));
        self.app.drain_jobs().await;
        done.join("; ")
    }

    /// Time goes by, and what is due is done.
    async fn wait(&mut self) -> String {
        let minutes = [3, 12, 40, 90][self.roll(4)];
        self.app.advance(TimeDelta::minutes(minutes));
        self.app.drain_jobs().await;
        format!("{minutes} minutes")
    }

    /// The books, after a step.
    async fn look(&self, what: &str) {
        assert_eq!(self.app.broken_slots().await, 0, "counters after {what}");
        for (flaw, count) in NEVER {
            assert_eq!(self.app.count(count).await, 0, "{flaw}, after {what}");
        }
        if self.is_lapsed {
            return;
        }
        // A place that the first in line could have is never left lying, while there is time.
        let soon = (self.app.now() + TimeDelta::minutes(30)).to_rfc3339();
        let idle = format!(
            "SELECT COUNT(*) FROM slots s WHERE s.waiting > 0 AND s.starts_at > '{soon}' AND \
             (SELECT b.units FROM bookings b WHERE b.slot_id = s.id AND b.status = 'waitlisted' \
             ORDER BY b.waitlist_no LIMIT 1) <= s.capacity - s.booked - s.held - \
             CASE WHEN s.reserved_units > s.reserved_used THEN s.reserved_units - s.reserved_used ELSE 0 END"
        );
        assert_eq!(self.app.count(&idle).await, 0, "places lie idle after {what}");
    }
}

fn said(what: &str, reply: &TestResponse) -> String {
    let code = if reply.status.is_success() { Value::Null } else { reply.json()["code"].clone() };
    let is_fine = matches!(reply.status.as_u16(), 200 | 201 | 404 | 409 | 422);
    assert!(is_fine, "{what}: {}", reply.text());
    format!("{what}: {} {code}", reply.status.as_u16())
}

async fn slot(app: &TestApp, lab: &Lab, hours: i64, capacity: i64) -> Uuid {
    let starts_at = app.now() + TimeDelta::hours(hours);
    let body = json!({
        "service_id": lab.service_id, "capacity": capacity, "reserved_units": 1,
        "starts_at": starts_at, "ends_at": starts_at + TimeDelta::minutes(30),
    });
    id(&post(app, &lab.staff, "/staff/slots", body).await.expect(201))
}

backends! {
    async fn whatever_anybody_does_in_any_order_the_books_are_right(
        app, config => {
            config.auth.access_token_secs = 86_400 * 7;
            config.auth.staff_idle_secs = 86_400 * 7;
            config.auth.staff_session_secs = 86_400 * 7;
            config.appointments.account_quota = 3;
            config.appointments.phone_quota = 3;
            config.appointments.cutoff_secs = 1800;
            config.appointments.offer_secs = 1800;
            config.appointments.confirm_within_secs = 7200;
            config.appointments.check_in_before_secs = 7200;
            // Else whoever is passed over may stand before somebody who is offered a place.
            config.appointments.no_show_limit = 0;
        }
    ) {
        let (lab, stranger) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let hq = [app.staff(Role::HqAdmin, "country").await, app.staff(Role::HqAdmin, "country").await];
        // Five walks that are always the same, and one that nobody took before: a failure names its seed.
        let fresh = SystemClock.now().timestamp_micros().unsigned_abs();
        for seed in (1..=5).chain([fresh]) {
            let people = app.residents(6).await;
            let mut slots = Vec::new();
            for (hours, capacity) in [(2, 3), (4, 2), (7, 4)] {
                slots.push(slot(app, &lab, hours, capacity).await);
            }
            let mut world = World {
                app, lab: lab.clone(), stranger: stranger.clone(), hq: hq.clone(), people, slots,
                bookings: Vec::new(), dice: Dice(seed), is_lapsed: false,
            };
            for step in 0..90 {
                let what = world.step().await;
                world.look(&format!("seed {seed}, step {step}, {what}")).await;
            }
            app.advance(TimeDelta::hours(9));
            app.drain_jobs().await;
            world.look(&format!("seed {seed}, at the end")).await;
            assert_eq!(app.count("SELECT SUM(held + waiting) FROM slots").await, 0);
        }
        // The walks came everywhere.
        for state in BookingStatus::iter() {
            let times = format!("SELECT COUNT(*) FROM booking_events WHERE to_status = '{}'", state.to_value());
            assert!(app.count(&times).await > 0, "nobody was ever {state:?}");
        }
        let kinds = "SELECT COUNT(*) FROM (SELECT DISTINCT from_status, to_status FROM booking_events) k";
        assert!(app.count(kinds).await >= 21, "{}", app.count(kinds).await);
    }
}
