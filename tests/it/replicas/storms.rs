//! Everybody at once over two replicas, one of which dies in the middle: nothing is lost, nothing is
//! oversold, and the counters are the units of the bookings at every moment.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::{SecondsFormat, TimeDelta};
use futures_util::future::{join, join_all};
use sanjin::platform::clock::{Clock as _, SystemClock};
use sea_orm::{ConnectionTrait as _, Database, Statement};
use serde_json::{Value, json};
use tests::{Engine, OVERTAKEN, Process, World, broken_slots};

use super::{count, get, post, run, settings, staff};

const ASKING: usize = 200;
/// Of the storm over the whole of a place's life.
const OF_A_LIFE: Duration = Duration::from_secs(90);

/// Those who ask two replicas, by turns, until one answers.
struct Crowd {
    client: reqwest::Client,
    urls: [String; 2],
    answered: AtomicUsize,
}

/// An answer: its status and its body.
type Answer = (u16, Value);

impl Crowd {
    fn of(first: &Process, second: &Process) -> Self {
        let client = reqwest::Client::builder().build().unwrap();
        Self { client, urls: [first.url(""), second.url("")], answered: AtomicUsize::new(0) }
    }

    /// `n` says whom to ask first, and with the path which request it is, however often it is sent.
    async fn post(&self, n: usize, token: &str, path: &str, body: Value) -> Answer {
        let key = format!("storm-key-{n:04}");
        self.ask(n, |url| {
            let request = self.client.post(format!("{url}/api/v1{path}")).bearer_auth(token);
            request.header("idempotency-key", &key).json(&body)
        })
        .await
    }

    async fn get(&self, n: usize, token: &str, path: &str) -> Value {
        let ask = |url: &str| self.client.get(format!("{url}/api/v1{path}")).bearer_auth(token);
        let (status, body) = self.ask(n, ask).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn ask(&self, n: usize, ask: impl Fn(&str) -> reqwest::RequestBuilder) -> Answer {
        for url in self.urls.iter().cycle().skip(n % 2).take(6) {
            // A broken connection tells nothing about what became of the request.
            let Ok(reply) = ask(url).send().await else { continue };
            let status = reply.status().as_u16();
            let Ok(body) = reply.json().await else { continue };
            self.answered.fetch_add(1, Ordering::Relaxed);
            return (status, body);
        }
        panic!("nobody answered");
    }

    /// SIGKILL, as soon as so many more have their answers.
    async fn kill_after(&self, replica: &mut Process, more: usize) {
        let before = self.answered.load(Ordering::Relaxed);
        while self.answered.load(Ordering::Relaxed) < before + more {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        replica.kill();
    }
}

/// So many residents, logged in.
async fn residents(replica: &Process, count: usize) -> Vec<String> {
    let mut tokens = Vec::new();
    for n in 0..count {
        let user = json!({ "user": format!("storm-{n}") });
        let (_, minted) = post(replica, "/sandbox/wechat/codes", None, user).await;
        let code = json!({ "code": minted["code"] });
        let (_, login) = post(replica, "/api/v1/auth/wechat/login", None, code).await;
        tokens.push(login["access_token"].as_str().unwrap().to_owned());
    }
    tokens
}

/// A slot of the demo lab in three days.
async fn slot(replica: &Process, lab: &str, capacity: usize) -> Value {
    let some = get(replica, "/api/v1/slots?limit=1", None).await;
    let starts_at = SystemClock.now() + TimeDelta::days(3);
    let written =
        |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let input = json!({
        "service_id": some["items"][0]["service_id"], "starts_at": written(starts_at),
        "ends_at": written(starts_at + TimeDelta::hours(1)), "capacity": capacity,
    });
    let (status, slot) = post(replica, "/api/v1/staff/slots", Some(lab), input).await;
    assert_eq!(status, 201, "{slot}");
    slot["id"].clone()
}

/// Looks at the books until `is_over`, over a connection of its own.
async fn watch(world: &World, is_over: &Cell<bool>) -> usize {
    let db = Database::connect(&world.database_url).await.unwrap();
    let broken = broken_slots();
    let mut looks = 0;
    while !is_over.get() {
        for never in [broken.as_str(), OVERTAKEN] {
            let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), never));
            let found = row.await.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap();
            assert_eq!(found, 0, "{never}");
        }
        looks += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    db.close().await.unwrap();
    looks
}

/// Everybody asks for a place at once.
fn a_storm_of_requests_survives_the_death_of_a_replica(engine: Engine) {
    const PLACES: usize = 50;
    run(engine, async |world| {
        let (settings, folder) = (settings(world), world.folder.path());
        let mut first = Process::serve(&["--no-worker"], &settings, folder).await;
        let second = Process::serve(&["--no-worker"], &settings, folder).await;
        let tokens = residents(&second, ASKING).await;
        let lab = staff(&second, "lab").await;
        let form = json!({ "slot_id": slot(&second, &lab, PLACES).await, "product_name": "玩具" });
        let crowd = Crowd::of(&first, &second);
        let ask = |(n, token)| crowd.post(n, token, "/bookings", form.clone());
        let is_over = Cell::new(false);
        let rush = async {
            let everybody = tokens.iter().map(String::as_str).enumerate();
            let kill = async {
                crowd.kill_after(&mut first, 5).await;
                crowd.answered.load(Ordering::Relaxed)
            };
            let done = join(join_all(everybody.map(ask)), kill).await;
            is_over.set(true);
            done
        };
        let ((replies, before), looks) = join(rush, watch(world, &is_over)).await;
        assert!(before < ASKING, "it died when all was over");
        assert!(looks > 0, "nobody looked");

        for (status, body) in replies.iter().filter(|reply| reply.0 != 201) {
            assert_eq!((*status, &body["code"]), (409, &json!("slot_held")));
        }
        let sold = replies.iter().filter(|reply| reply.0 == 201).count();
        assert_eq!(sold, PLACES, "nothing lost and nothing oversold");
        let places = i64::try_from(PLACES).unwrap();
        assert_eq!(count(world, "SELECT COUNT(*) FROM bookings").await, places);
        assert_eq!(count(world, "SELECT SUM(held) FROM slots").await, places);
        assert_eq!(count(world, world.engine.bookings_that_expire()).await, places);
        // Everybody who was told of a booking has it, and is told the same again.
        for (n, (status, body)) in replies.iter().enumerate().filter(|(_, reply)| reply.0 == 201) {
            let again = ask((n, &tokens[n])).await;
            assert_eq!((again.0, &again.1["id"]), (*status, &body["id"]));
        }
        assert_eq!(count(world, "SELECT COUNT(*) FROM bookings").await, places);
    });
}

#[test]
fn a_storm_of_requests_survives_the_death_of_a_replica_on_sqlite() {
    a_storm_of_requests_survives_the_death_of_a_replica(Engine::Sqlite);
}

#[test]
fn a_storm_of_requests_survives_the_death_of_a_replica_on_postgres() {
    a_storm_of_requests_survives_the_death_of_a_replica(Engine::Postgres);
}

/// One of those who asked, and what they were told.
struct Asker<'a> {
    n: usize,
    token: &'a str,
    /// Path of the booking.
    booking: String,
    was_confirmed: Cell<bool>,
    was_cancelled: Cell<bool>,
}

impl Asker<'_> {
    async fn confirm(&self, crowd: &Crowd, lab: &str) {
        let path = format!("/staff{}/confirmation", self.booking);
        let (status, body) = crowd.post(self.n, lab, &path, json!({})).await;
        assert!(matches!(status, 200 | 409), "{path}: {body}");
        self.was_confirmed.set(self.was_confirmed.get() || status == 200);
    }

    async fn cancel(&self, crowd: &Crowd) {
        let path = format!("{}/cancellation", self.booking);
        let (status, body) = crowd.post(self.n + 1, self.token, &path, json!({})).await;
        assert!(matches!(status, 200 | 409), "{path}: {body}");
        self.was_cancelled.set(self.was_cancelled.get() || status == 200);
    }

    /// Waits for an offer. Of four, two take it and are confirmed, one takes it and cancels, and one lets
    /// it pass.
    async fn stand_in_line(&self, crowd: &Crowd, lab: &str) {
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < OF_A_LIFE, "{} stands in line for ever", self.booking);
            let seen = crowd.get(self.n, self.token, &self.booking).await;
            match seen["status"].as_str().unwrap() {
                "waitlisted" => {}
                "offered" if self.n % 4 == 3 => {}
                "offered" => {
                    let path = format!("{}/acceptance", self.booking);
                    let (status, body) = crowd.post(self.n, self.token, &path, json!({})).await;
                    assert!(matches!(status, 200 | 409), "{path}: {body}");
                }
                "pending_lab" if self.n % 4 == 1 => self.cancel(crowd).await,
                "pending_lab" => self.confirm(crowd, lab).await,
                _ => return,
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Who has a place is confirmed, cancels, both at once, or is forgotten; what that frees is offered to
/// those in line until all of them have had an offer.
fn a_storm_of_decisions_survives_the_death_of_a_replica(engine: Engine) {
    const PLACES: usize = ASKING / 2;
    run(engine, async |world| {
        let (mut settings, folder) = (settings(world), world.folder.path());
        settings.push(("SANJIN__APPOINTMENTS__CONFIRM_WITHIN_SECS", "20".to_owned()));
        settings.push(("SANJIN__APPOINTMENTS__OFFER_SECS", "6".to_owned()));
        let mut first = Process::serve(&[], &settings, folder).await;
        let second = Process::serve(&[], &settings, folder).await;
        let tokens = residents(&second, ASKING).await;
        let lab = staff(&second, "lab").await;
        let form = json!({ "slot_id": slot(&second, &lab, PLACES).await, "product_name": "玩具" });
        let crowd = Crowd::of(&first, &second);
        let enter = async |n: usize, path: &str| {
            let (status, body) = crowd.post(n, &tokens[n], path, form.clone()).await;
            assert_eq!(status, 201, "{body}");
            Asker {
                n,
                token: &tokens[n],
                booking: format!("/bookings/{}", body["id"].as_str().unwrap()),
                was_confirmed: Cell::new(false),
                was_cancelled: Cell::new(false),
            }
        };
        let placed = join_all((0..PLACES).map(|n| enter(n, "/bookings"))).await;
        let line = join_all((PLACES..ASKING).map(|n| enter(n, "/waitlist-entries"))).await;
        let is_over = Cell::new(false);
        let storm = async {
            let decisions = placed.iter().map(async |asker| match asker.n % 4 {
                0 => asker.confirm(&crowd, &lab).await,
                1 => drop(join(asker.confirm(&crowd, &lab), asker.cancel(&crowd)).await),
                2 => asker.cancel(&crowd).await,
                _ => {}
            });
            let waits = line.iter().map(|asker| asker.stand_in_line(&crowd, &lab));
            let kill = crowd.kill_after(&mut first, PLACES / 4);
            join(join(join_all(decisions), join_all(waits)), kill).await;
            is_over.set(true);
        };
        let ((), looks) = join(storm, watch(world, &is_over)).await;
        assert!(looks > 10, "nobody looked");
        let undecided = "SELECT COUNT(*) FROM bookings WHERE status IN \
                         ('held', 'pending_lab', 'offered', 'waitlisted')";
        super::until(async || count(world, undecided).await == 0, "all is decided").await;

        for asker in placed.iter().chain(&line) {
            let seen = crowd.get(1, asker.token, &asker.booking).await;
            let status = seen["status"].as_str().unwrap();
            let timeline = seen["timeline"].as_array().unwrap();
            let was = |status: &str| timeline.iter().any(|line| line["status"] == status);
            let (is_confirmed, is_cancelled) = (was("confirmed"), was("cancelled_by_user"));
            assert!(!asker.was_confirmed.get() || is_confirmed, "a lost confirmation: {seen}");
            assert!(!asker.was_cancelled.get() || is_cancelled, "a lost cancellation: {seen}");
            assert!(["confirmed", "cancelled_by_user", "expired"].contains(&status), "{seen}");
            match asker.n % 4 {
                0 if asker.n < PLACES => assert_eq!(status, "confirmed", "{seen}"),
                // Whichever of the two was first may have been in the other's way.
                1 if asker.n < PLACES => assert_ne!(status, "expired", "{seen}"),
                2 if asker.n < PLACES => assert_eq!(status, "cancelled_by_user", "{seen}"),
                _ if asker.n < PLACES => assert_eq!(status, "expired", "{seen}"),
                _ => assert!(was("offered"), "passed over: {seen}"),
            }
        }
        assert_eq!(count(world, &broken_slots()).await, 0);
        assert_eq!(count(world, "SELECT COUNT(*) FROM jobs WHERE status = 'dead'").await, 0);
        let told_twice = "SELECT COUNT(*) FROM (SELECT booking_id FROM booking_events \
                          GROUP BY booking_id, to_status HAVING COUNT(*) > 1) AS twice";
        assert_eq!(count(world, told_twice).await, 0, "a state that was reached twice");
    });
}

#[test]
fn a_storm_of_decisions_survives_the_death_of_a_replica_on_sqlite() {
    a_storm_of_decisions_survives_the_death_of_a_replica(Engine::Sqlite);
}

#[test]
fn a_storm_of_decisions_survives_the_death_of_a_replica_on_postgres() {
    a_storm_of_decisions_survives_the_death_of_a_replica(Engine::Postgres);
}
