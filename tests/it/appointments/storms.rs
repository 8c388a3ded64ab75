//! Bookings raced against each other. Whatever the order, the counters are the units of the
//! bookings, at every moment.

use std::cell::Cell;
use std::collections::BTreeMap;

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{OVERTAKEN, Person, Role, TestApp, TestResponse, backends, wide_pool};
use uuid::Uuid;

use super::{counters_of, id, post};

/// How often each code was answered; what succeeded is "ok".
fn tally<'a>(replies: impl IntoIterator<Item = &'a TestResponse>) -> BTreeMap<String, usize> {
    replies.into_iter().fold(BTreeMap::new(), |mut tally, reply| {
        let code = match reply.status.is_success() {
            true => "ok".to_owned(),
            false => reply.json()["code"].as_str().unwrap().to_owned(),
        };
        *tally.entry(code).or_default() += 1;
        tally
    })
}

fn of(codes: &[(&str, usize)]) -> BTreeMap<String, usize> {
    codes.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect()
}

/// A small generator, so that a failure names the seed that repeats its plan.
pub(super) struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// Lets people walk about while time passes in steps, so many of such a length, and looks at the
/// counters again and again until all of it is over.
async fn watched<T>(
    app: &TestApp,
    seed: u64,
    walks: impl Future<Output = T>,
    (steps, step): (usize, TimeDelta),
) {
    let is_over = Cell::new(false);
    let time = async {
        for _ in 0..steps {
            app.advance(step);
            app.drain_jobs().await;
        }
    };
    let storm = async {
        tokio::join!(walks, time);
        is_over.set(true);
    };
    let ((), looks) = tokio::join!(storm, watch(app, &is_over));
    assert!(looks > 3, "seed {seed}: nobody looked");
}

async fn watch(app: &TestApp, is_over: &Cell<bool>) -> usize {
    let mut looks = 0;
    while !is_over.get() {
        assert_eq!(app.broken_slots().await, 0, "counters and bookings disagree");
        assert_eq!(app.count(OVERTAKEN).await, 0, "somebody was overtaken");
        looks += 1;
        tokio::task::yield_now().await;
    }
    looks
}

/// One step of somebody who does anything at all with a booking.
async fn anything(app: &TestApp, who: &Walker<'_>, dice: &mut Dice, bookings: &mut Vec<Uuid>) {
    let slot = who.slots[dice.roll(who.slots.len())];
    let known = bookings.get(dice.roll(bookings.len().max(1))).copied();
    let (me, staff) = (who.person, who.staff);
    let form = json!({ "slot_id": slot, "product_name": "玩具", "units": 1 + dice.roll(3) });
    let why = json!({ "reason_code": "site_closed", "reason": "设备检修" });
    let (path, caller, body) = match (dice.roll(16), known) {
        (0 | 1, _) | (_, None) => ("/bookings".to_owned(), me, form),
        (2, _) => ("/holds".to_owned(), me, json!({ "slot_id": slot })),
        (3 | 4, _) => ("/waitlist-entries".to_owned(), me, form),
        (5, _) => {
            let caller = json!({
                "slot_id": slot, "product_name": "电热毯", "channel": "phone",
                "beneficiary": { "name": "张大爷" },
            });
            ("/staff/bookings".to_owned(), staff, caller)
        }
        (6, Some(b)) => (format!("/bookings/{b}/request"), me, json!({ "product_name": "玩具" })),
        (7 | 14 | 15, Some(b)) => (format!("/bookings/{b}/cancellation"), me, json!({})),
        (8, Some(b)) => (format!("/bookings/{b}/reschedule"), me, json!({ "slot_id": slot })),
        (9, Some(b)) => (format!("/bookings/{b}/acceptance"), me, json!({})),
        (10 | 11, Some(b)) => (format!("/staff/bookings/{b}/confirmation"), staff, json!({})),
        (12, Some(b)) => {
            (format!("/staff/bookings/{b}/rejection"), staff, json!({ "reason": "设备检修" }))
        }
        (_, Some(b)) => (format!("/staff/bookings/{b}/cancellation"), staff, why),
    };
    let reply = post(app, caller, &path, body).await;
    let is_fine = matches!(reply.status.as_u16(), 200 | 201 | 404 | 409);
    // A group larger than the slot will ever hold need not wait.
    let is_fine = is_fine || reply.status == 422 && path == "/waitlist-entries";
    assert!(is_fine, "{path}: {}", reply.text());
    if reply.status == 201 && caller.id == me.id {
        bookings.push(id(&reply.json()));
    }
}

struct Walker<'a> {
    person: &'a Person,
    staff: &'a Person,
    slots: &'a [Uuid],
}

backends! {
    async fn create_booking_of_groups_by_200_fills_50_places_and_no_more(app, config => { wide_pool(config); }) {
        let lab = app.lab("实验室").await;
        let slot = app.slot(&lab, 24, 50).await;
        let people = app.residents(200).await;
        let asks = people.iter().enumerate().map(|(n, person)| {
            let body = json!({ "slot_id": slot, "product_name": "文具", "units": 1 + n % 3 });
            post(app, person, "/bookings", body)
        });
        let replies = join_all(asks).await;
        let sold: i64 = replies.iter().filter(|reply| reply.status == 201)
            .map(|reply| reply.json()["units"].as_i64().unwrap()).sum();
        assert_eq!(sold, 50, "single places were asked for to the end");
        assert_eq!(counters_of(app, slot).await, (50, 0));
        let codes = tally(&replies);
        assert_eq!(codes.keys().map(String::as_str).collect::<Vec<_>>(), ["ok", "slot_held"]);
    }

    async fn everything_at_once_keeps_the_counters_at_every_moment(
        app, config => { wide_pool(config); config.appointments.max_moves = 9; }
    ) {
        let lab = app.lab("实验室").await;
        let slots = [app.slot(&lab, 48, 6).await, app.slot(&lab, 50, 3).await, app.slot(&lab, 52, 4).await];
        for seed in 1..=3 {
            let people = app.residents(12).await;
            let staff = app.staff(Role::LabStaff, &format!("lab:{}", lab.id)).await;
            let walks = join_all(people.iter().zip(1..).map(async |(person, n)| {
                let (mut dice, mut bookings) = (Dice(seed * 100 + n), Vec::new());
                let walker = Walker { person, staff: &staff, slots: &slots };
                for _ in 0..14 {
                    anything(app, &walker, &mut dice, &mut bookings).await;
                }
            }));
            // Holds end while they are being used.
            watched(app, seed, walks, (4, TimeDelta::seconds(200))).await;
        }
        // What expires is offered down the line, which ends with the slot.
        for hours in [25, 28] {
            app.advance(TimeDelta::hours(hours));
            app.drain_jobs().await;
        }
        assert_eq!(app.count("SELECT SUM(held + waiting) FROM slots").await, 0);
    }

    async fn offers_answers_decisions_and_expiries_at_once_keep_counters_and_order(
        app, config => {
            wide_pool(config);
            config.appointments.offer_secs = 300;
            config.auth.access_token_secs = 86_400;
            config.auth.staff_idle_secs = 43_200;
        }
    ) {
        let lab = app.lab("实验室").await;
        let whys = json!({ "reason_code": "site_closed", "reason": "设备检修" });
        for seed in 1..=3 {
            let slot = app.slot(&lab, 40 + i64::try_from(seed).unwrap(), 6).await;
            let people = app.residents(24).await;
            let mut bookings = Vec::new();
            for (n, person) in people.iter().enumerate() {
                let path = if n < 6 { "/bookings" } else { "/waitlist-entries" };
                let form = json!({ "slot_id": slot, "product_name": "玩具" });
                bookings.push(id(&post(app, person, path, form).await.expect(201)));
            }
            let walks = join_all(people.iter().zip(&bookings).zip(1..).map(async |((person, b), n)| {
                let mut dice = Dice(seed * 1000 + n);
                for _ in 0..5 {
                    let staff = |what: &str| format!("/staff/bookings/{b}/{what}");
                    let own = |what: &str| format!("/bookings/{b}/{what}");
                    let (who, path, body) = match dice.roll(8) {
                        0..=2 => (person, own("acceptance"), json!({})),
                        3 => (person, own("cancellation"), json!({})),
                        4 | 5 => (&lab.staff, staff("confirmation"), json!({})),
                        6 => (&lab.staff, staff("rejection"), json!({ "reason": "设备检修" })),
                        _ => (&lab.staff, staff("cancellation"), whys.clone()),
                    };
                    let reply = post(app, who, &path, body).await;
                    assert!(matches!(reply.status.as_u16(), 200 | 409), "{path}: {}", reply.text());
                }
            }));
            watched(app, seed, walks, (6, TimeDelta::seconds(110))).await;
            let offers = format!(
                "SELECT COUNT(*) FROM booking_events e JOIN bookings b ON b.id = e.booking_id \
                 WHERE e.to_status = 'offered' AND b.slot_id = {}", app.literal(slot),
            );
            assert!(app.count(&offers).await >= 4, "seed {seed}: {} offers", app.count(&offers).await);
        }
    }

    async fn reschedule_booking_both_ways_at_once_waits_for_nobody_for_ever(
        app, config => { wide_pool(config); config.appointments.max_moves = 60; }
    ) {
        let lab = app.lab("实验室").await;
        let slots = [app.slot(&lab, 48, 30).await, app.slot(&lab, 50, 30).await];
        let people = app.residents(16).await;
        let moves = people.iter().enumerate().map(async |(n, person)| {
            let mut booking = app.booking(person, slots[n % 2]).await;
            for step in 1..8 {
                let path = format!("/bookings/{booking}/reschedule");
                let reply = post(app, person, &path, json!({ "slot_id": slots[(n + step) % 2] })).await;
                booking = id(&reply.expect(201));
            }
        });
        join_all(moves).await;
        assert_eq!(counters_of(app, slots[0]).await, (8, 0));
        assert_eq!(counters_of(app, slots[1]).await, (8, 0));
    }

    async fn confirm_booking_and_cancel_booking_many_times_at_once_work_once(app, config => { wide_pool(config); }) {
        let lab = app.lab("实验室").await;
        let slot = app.slot(&lab, 48, 3).await;
        let person = app.residents(1).await.remove(0);
        let booking = app.booking(&person, slot).await;
        let path = format!("/staff/bookings/{booking}/confirmation");
        let confirms = join_all((0..12).map(|_| post(app, &lab.staff, &path, json!({})))).await;
        assert_eq!(tally(&confirms), of(&[("ok", 1), ("booking_not_pending", 11)]));
        assert_eq!(counters_of(app, slot).await, (0, 1));
        let path = format!("/bookings/{booking}/cancellation");
        let cancels = join_all((0..12).map(|_| post(app, &person, &path, json!({})))).await;
        assert_eq!(tally(&cancels), of(&[("ok", 1), ("booking_not_pending", 11)]));
        assert_eq!(counters_of(app, slot).await, (0, 0));
    }

    async fn create_booking_of_twenty_slots_at_once_keeps_the_quota(
        app, config => { wide_pool(config); config.appointments.account_quota = 5; }
    ) {
        let lab = app.lab("实验室").await;
        let mut slots = Vec::new();
        for hours in 48..68 {
            slots.push(app.slot(&lab, hours, 9).await);
        }
        let person = app.residents(1).await.remove(0);
        let asks = slots.iter().map(|slot| {
            post(app, &person, "/bookings", json!({ "slot_id": slot, "product_name": "玩具" }))
        });
        let replies = join_all(asks).await;
        assert_eq!(tally(&replies), of(&[("ok", 5), ("quota_exceeded", 15)]));
        assert_eq!(app.count("SELECT SUM(held) FROM slots").await, 5);
        // Given back and taken again, all at once.
        let mine: Vec<Uuid> = replies.iter().filter(|r| r.status == 201).map(|r| id(&r.json())).collect();
        let cancels = mine.iter().map(async |booking| {
            let path = format!("/bookings/{booking}/cancellation");
            post(app, &person, &path, json!({})).await
        });
        let again = slots.iter().map(|slot| {
            post(app, &person, "/bookings", json!({ "slot_id": slot, "product_name": "玩具" }))
        });
        let (cancels, _) = tokio::join!(join_all(cancels), join_all(again));
        assert_eq!(tally(&cancels), of(&[("ok", 5)]));
        let ahead = app.count("SELECT COUNT(*) FROM bookings WHERE status = 'pending_lab'").await;
        assert!(ahead <= 5, "{ahead} lie ahead");
    }

    async fn create_lab_booking_by_one_phone_at_once_keeps_the_quota(
        app, config => { wide_pool(config); config.appointments.phone_quota = 3; }
    ) {
        let lab = app.lab("实验室").await;
        let slot = app.slot(&lab, 48, 30).await;
        let asks = (0..10).map(|n| {
            let body: Value = json!({
                "slot_id": slot, "product_name": "电热毯", "channel": "phone",
                "beneficiary": { "name": format!("家人{n}"), "phone": "13800138031" },
            });
            post(app, &lab.staff, "/staff/bookings", body)
        });
        let replies = join_all(asks).await;
        assert_eq!(tally(&replies), of(&[("ok", 3), ("quota_exceeded", 7)]));
        assert_eq!(counters_of(app, slot).await, (0, 3));
    }
}
