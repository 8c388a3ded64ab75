//! A candidate with people who book and a lab that opens slots.

use std::cell::Cell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures_util::future::try_join_all;
use serde_json::json;

use crate::client::{Connection, Request};
use crate::load::{Answers, Load, closed_loop};
use crate::residents::{demo_service, log_in, log_in_lab, open_slot};
use crate::server::{Candidate, Server};
use crate::settings::Settings;
use crate::startup;

pub const CLIENTS: usize = 64;
pub const SLOTS: usize = 100;
/// As many as may lie ahead of one person (`appointments.account_quota`).
const QUOTA: usize = 5;
/// Enough residents for this many bookings a second in a round.
const MOST_PER_SECOND: usize = 16_000;
/// So many book one slot before all go to the next.
const PER_HOT_SLOT: usize = 8_000;
/// The most a slot may have.
const ROOMY: usize = 10_000;
/// For what the log-ins left to do.
const PATIENCE: Duration = Duration::from_secs(180);

/// Which slots are asked for, and who asks next on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A hundred slots; the same resident for one after the other, so that who they are is known.
    Lasting,
    /// A hundred slots, another resident every time, as when the slots of a day are opened.
    Changing,
    /// Everybody asks for one slot; when thousands have it, for the next.
    Hot,
    /// Everybody asks for one slot that has no place left.
    Full,
}

/// Where rows are counted.
#[derive(Clone, Copy, Debug)]
pub enum Store<'a> {
    Postgres(&'a Settings),
    /// A file that only the candidate reads; its answers are all there is.
    Sqlite,
}

#[derive(Debug)]
pub struct World<'a> {
    pub store: Store<'a>,
    pub server: Server,
    pub tokens: Vec<String>,
    staff: String,
    service: String,
    first: DateTime<Utc>,
    opened: Cell<i64>,
}

impl<'a> World<'a> {
    /// # Errors
    /// The candidate does not start, or refuses.
    pub async fn enter(settings: &'a Settings, store: Store<'a>) -> anyhow::Result<Self> {
        let url = match store {
            Store::Postgres(settings) => {
                startup::create_database(settings).await?;
                settings.postgres.url(startup::DATABASE)
            }
            Store::Sqlite => format!("sqlite://{}", settings.folder.join("booking.db").display()),
        };
        let candidate =
            Candidate { database_url: &url, core: None, workers: 0, log: "booking.log" };
        // The first start fills the database; what is measured finds it.
        let mut first = candidate.start(settings)?;
        first.ready("/readyz").await?;
        first.stop().await?;
        let mut server = candidate.start(settings)?;
        server.ready("/readyz").await?;
        let residents = MOST_PER_SECOND * usize::try_from(settings.seconds)? / QUOTA;
        let tokens = log_in(server.address, residents.max(2 * CLIENTS)).await?;
        let mut connection = Connection::open(server.address).await?;
        #[expect(clippy::disallowed_methods, reason = "slots open relative to the real day")]
        let now = Utc::now();
        Ok(Self {
            store,
            tokens,
            staff: log_in_lab(&mut connection).await?,
            service: demo_service(&mut connection).await?,
            first: now + TimeDelta::days(1),
            opened: Cell::new(0),
            server,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// # Errors
    /// The lab is refused.
    pub async fn open_slots(&self, count: usize, capacity: usize) -> anyhow::Result<Vec<String>> {
        let mut connection = Connection::open(self.address()).await?;
        let mut slots = Vec::with_capacity(count);
        for _ in 0..count {
            let number = self.opened.replace(self.opened.get() + 1);
            let starts_at = self.first + TimeDelta::minutes(number);
            let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
            let input = json!({
                "service_id": self.service,
                "starts_at": instant(starts_at),
                "ends_at": instant(starts_at + TimeDelta::hours(1)),
                "capacity": capacity,
            });
            slots.push(open_slot(&mut connection, &self.staff, &input).await?);
        }
        Ok(slots)
    }

    /// Slots for one round.
    ///
    /// # Errors
    /// The lab is refused.
    pub async fn prepare(&self, order: Order) -> anyhow::Result<Vec<String>> {
        match order {
            Order::Lasting | Order::Changing => self.open_slots(SLOTS, ROOMY).await,
            Order::Hot => {
                let count = QUOTA * self.tokens.len() / PER_HOT_SLOT;
                self.open_slots(count.max(1), ROOMY).await
            }
            Order::Full => {
                let slots = self.open_slots(1, 1).await?;
                let first = slots.first().context("no slot")?;
                let token = self.tokens.last().context("nobody")?;
                let mut connection = Connection::open(self.address()).await?;
                let input = json!({ "slot_id": first, "product_name": "儿童安全座椅" });
                connection.json(&Request::post("/api/v1/bookings", &input).by(token), 201).await?;
                Ok(slots)
            }
        }
    }

    /// Forgets all bookings, so that everybody may book again.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn forget(&self) -> anyhow::Result<()> {
        let Store::Postgres(settings) = self.store else { return Ok(()) };
        let query = async |sql| settings.postgres.query(startup::DATABASE, sql).await;
        query(
            "TRUNCATE bookings CASCADE; \
             DELETE FROM jobs WHERE kind = 'booking.expire'; UPDATE slots SET held = 0, booked = 0",
        )
        .await?;
        query("VACUUM ANALYZE bookings, booking_events, slots, jobs").await?;
        settings.postgres.query("postgres", "CHECKPOINT").await?;
        Ok(())
    }

    /// One round of asking.
    ///
    /// # Errors
    /// An answer is not what it should be, or was not stored.
    pub async fn book(
        &self,
        order: Order,
        slots: &[String],
        seconds: u64,
    ) -> anyhow::Result<(Load, Answers)> {
        let before = self.count().await?;
        let number = Cell::new(0);
        let next_resident = Cell::new(CLIENTS);
        let positions: Vec<_> = (0..CLIENTS).map(|client| Cell::new((client, 0))).collect();
        let ran_out = Cell::new(false);
        let residents = self.tokens.len();
        let next = |client: usize, _: Option<u16>| {
            let (resident, turn) = if order == Order::Lasting {
                let position = positions.get(client)?;
                let (resident, turn) = position.get();
                position.set(if turn + 1 == QUOTA {
                    (next_resident.replace(next_resident.get() + 1), 0)
                } else {
                    (resident, turn + 1)
                });
                (resident, turn)
            } else {
                let number = number.replace(number.get() + 1);
                let per_turn = if order == Order::Hot { PER_HOT_SLOT } else { residents };
                (number % residents, number / per_turn)
            };
            let request = self.request(order, slots, resident, turn);
            ran_out.set(ran_out.get() || request.is_none());
            request
        };
        let answers = closed_loop(self.address(), CLIENTS, seconds, next).await?;
        let load = answers.load();
        let complaint = answers.complaint.clone().unwrap_or_default();
        let expected = if order == Order::Full { 409 } else { 201 };
        let as_expected = answers.statuses.get(&expected).copied().unwrap_or_default();
        ensure!(as_expected == load.requests, "statuses {:?}: {complaint}", answers.statuses);
        ensure!(!ran_out.get(), "{residents} residents booked everything before the time was over");
        let created = if order == Order::Full { 0 } else { load.requests };
        let after = self.count().await?;
        for (before, after) in before.iter().zip(&after) {
            let grown = u64::try_from(after - before)?;
            ensure!(
                grown == created,
                "{created} answers 201, but bookings and places went from {before} to {after}"
            );
        }
        Ok((load, answers))
    }

    /// A resident's request number `turn`. Over many slots everybody goes in an order of their own;
    /// the steps have no factor in common with the number of slots.
    fn request(
        &self,
        order: Order,
        slots: &[String],
        resident: usize,
        turn: usize,
    ) -> Option<Vec<u8>> {
        const STEPS: [usize; 8] = [1, 3, 7, 9, 11, 13, 17, 19];
        let step = STEPS.get(resident / SLOTS % STEPS.len())?;
        let slot = match order {
            Order::Lasting | Order::Changing if turn < QUOTA => {
                slots.get((resident * 37 + turn * step) % SLOTS)?
            }
            Order::Hot => slots.get(turn)?,
            Order::Full => slots.first()?,
            Order::Lasting | Order::Changing => return None,
        };
        Some(ask(slot, self.tokens.get(resident)?))
    }

    /// Rows and held places.
    async fn count(&self) -> anyhow::Result<Vec<i64>> {
        let Store::Postgres(settings) = self.store else { return Ok(Vec::new()) };
        let sql = "SELECT (SELECT count(*) FROM bookings), sum(held) FROM slots";
        settings.postgres.query(startup::DATABASE, sql).await
    }

    /// Lets everybody in whose name nothing was asked yet be known, as after a first look around.
    ///
    /// # Errors
    /// The candidate refuses.
    pub async fn greet(&self) -> anyhow::Result<()> {
        let loops = (0..8).map(async |first| {
            let mut connection = Connection::open(self.address()).await?;
            for token in self.tokens.iter().skip(first).step_by(8) {
                connection.json(&Request::get("/api/v1/me").by(token), 200).await?;
            }
            anyhow::Ok(())
        });
        try_join_all(loops).await?;
        self.settle().await
    }

    /// Waits until what the log-ins left to do is done, and tells the planner how large things are:
    /// the bookings are measured, not what so many log-ins at once leave behind.
    ///
    /// # Errors
    /// It takes too long.
    async fn settle(&self) -> anyhow::Result<()> {
        let Store::Postgres(settings) = self.store else { return Ok(()) };
        let query = async |sql| settings.postgres.query(startup::DATABASE, sql).await;
        query("VACUUM ANALYZE").await?;
        let due =
            "SELECT count(*) FROM jobs WHERE status IN ('ready', 'running') AND run_at <= now()";
        let begun = Instant::now();
        while query(due).await? != [0] {
            ensure!(begun.elapsed() < PATIENCE, "jobs of the log-ins are still not done");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        query("VACUUM ANALYZE").await.map(|_| ())
    }
}

/// A request for a place.
pub fn ask(slot: &str, token: &str) -> Vec<u8> {
    let input = json!({ "slot_id": slot, "product_name": "儿童安全座椅" });
    Request::post("/api/v1/bookings", &input).by(token).bytes()
}
