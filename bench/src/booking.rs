//! Booking on many slots over HTTP, against pgbench on the same PostgreSQL.

use std::cell::Cell;
use std::net::SocketAddr;

use anyhow::ensure;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::json;

use crate::client::{Connection, Request};
use crate::load::{Load, closed_loop};
use crate::procfs::resident_mib;
use crate::residents::{demo_service, log_in, log_in_lab, open_slot};
use crate::rounds::{Rounds, Subject, alternate};
use crate::server::Candidate;
use crate::settings::{Settings, output};
use crate::table::{Table, spread};
use crate::{floor, startup};

const CLIENTS: usize = 64;
const SLOTS: usize = 100;
/// Enough accounts for this many bookings a second on the slots of one round.
const MOST_PER_SECOND: usize = 16_000;
const GOAL: f64 = 0.6;

/// Who asks next on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// The same resident for slot after slot, so that who they are is known already.
    Lasting,
    /// Another resident every time, as when the slots of a day are opened.
    Changing,
}

enum Booker<'a> {
    Floor(&'a Settings),
    Candidate(Box<Residents<'a>>),
}

struct Residents<'a> {
    settings: &'a Settings,
    label: &'static str,
    order: Order,
    address: SocketAddr,
    pid: u32,
    tokens: &'a [String],
    lab: &'a Lab,
    slots: Vec<String>,
}

/// Opens slots as the demo lab.
struct Lab {
    token: String,
    service: String,
    first: DateTime<Utc>,
    opened: Cell<i64>,
}

impl Lab {
    async fn enter(address: SocketAddr) -> anyhow::Result<Self> {
        let mut connection = Connection::open(address).await?;
        #[expect(clippy::disallowed_methods, reason = "slots open relative to the real day")]
        let now = Utc::now();
        Ok(Self {
            token: log_in_lab(&mut connection).await?,
            service: demo_service(&mut connection).await?,
            first: now + TimeDelta::days(1),
            opened: Cell::new(0),
        })
    }

    /// Fresh ones for every round, so that every resident may book all of them.
    async fn open_slots(&self, address: SocketAddr) -> anyhow::Result<Vec<String>> {
        let mut connection = Connection::open(address).await?;
        let mut slots = Vec::with_capacity(SLOTS);
        for _ in 0..SLOTS {
            let number = self.opened.replace(self.opened.get() + 1);
            let starts_at = self.first + TimeDelta::minutes(number);
            let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
            let input = json!({
                "service_id": self.service,
                "starts_at": instant(starts_at),
                "ends_at": instant(starts_at + TimeDelta::hours(1)),
                "capacity": 10_000,
            });
            slots.push(open_slot(&mut connection, &self.token, &input).await?);
        }
        Ok(slots)
    }
}

impl Subject for Booker<'_> {
    fn label(&self) -> &str {
        match self {
            Self::Floor(_) => "pgbench, one statement",
            Self::Candidate(residents) => residents.label,
        }
    }

    fn costs(&self) -> Vec<u32> {
        match self {
            Self::Floor(settings) => settings.postgres.pid.into_iter().collect(),
            Self::Candidate(residents) => {
                residents.settings.postgres.pid.into_iter().chain([residents.pid]).collect()
            }
        }
    }

    async fn prepare(&mut self) -> anyhow::Result<()> {
        let postgres = match self {
            Self::Floor(settings) => {
                floor::refill(&settings.postgres).await?;
                &settings.postgres
            }
            Self::Candidate(residents) => {
                residents.slots = residents.lab.open_slots(residents.address).await?;
                &residents.settings.postgres
            }
        };
        postgres.query("postgres", "CHECKPOINT").await.map(|_| ())
    }

    async fn run(&mut self, seconds: u64) -> anyhow::Result<Load> {
        match self {
            Self::Floor(settings) => floor::run(settings, CLIENTS, seconds).await,
            Self::Candidate(residents) => residents.book(seconds).await,
        }
    }
}

impl Residents<'_> {
    async fn book(&self, seconds: u64) -> anyhow::Result<Load> {
        let before = self.count().await?;
        let accounts = self.tokens.len();
        let next_number = Cell::new(0);
        let positions: Vec<_> = (0..CLIENTS).map(|client| Cell::new((client, 0))).collect();
        let next_account = Cell::new(CLIENTS);
        let ran_out = Cell::new(false);
        let next = |client: usize| {
            let (account, turn) = match self.order {
                Order::Changing => {
                    let number = next_number.replace(next_number.get() + 1);
                    (number % accounts, number / accounts)
                }
                Order::Lasting => {
                    let position = positions.get(client)?;
                    let (account, turn) = position.get();
                    let is_last = turn + 1 == SLOTS;
                    let following =
                        if is_last { (next_account.get(), 0) } else { (account, turn + 1) };
                    if is_last {
                        next_account.set(following.0 + 1);
                    }
                    position.set(following);
                    (account, turn)
                }
            };
            let request = self.request(account, turn);
            ran_out.set(ran_out.get() || request.is_none());
            request
        };
        let answers = closed_loop(self.address, CLIENTS, seconds, next).await?;
        let complaint = answers.complaint.clone().unwrap_or_default();
        let load = answers.load();
        let created = answers.statuses.get(&201).copied().unwrap_or_default();
        ensure!(created == load.requests, "statuses {:?}: {complaint}", answers.statuses);
        ensure!(!ran_out.get(), "{accounts} residents booked everything before the time was over");
        let after = self.count().await?;
        for (before, after) in before.iter().zip(&after) {
            let grown = u64::try_from(after - before)?;
            ensure!(
                grown == created,
                "{created} answers 201, but bookings and places went from {before} to {after}"
            );
        }
        Ok(load)
    }

    /// Account `account` books its `turn`th slot. Every account goes through the slots in an order
    /// of its own; the steps have no factor in common with the number of slots.
    fn request(&self, account: usize, turn: usize) -> Option<Vec<u8>> {
        const STEPS: [usize; 8] = [1, 3, 7, 9, 11, 13, 17, 19];
        let step = STEPS.get(account / SLOTS % STEPS.len())?;
        if turn >= SLOTS {
            return None;
        }
        let slot = self.slots.get((account * 37 + turn * step) % SLOTS)?;
        let input = json!({ "slot_id": slot, "product_name": "儿童安全座椅" });
        let request = Request::post("/api/v1/bookings", &input).by(self.tokens.get(account)?);
        Some(request.bytes())
    }

    /// Rows and held places.
    async fn count(&self) -> anyhow::Result<Vec<i64>> {
        let sql = "SELECT (SELECT count(*) FROM bookings), sum(held) FROM slots";
        self.settings.postgres.query(startup::DATABASE, sql).await
    }
}

/// # Errors
/// A server broke, or what was answered is not what was stored.
pub async fn measure(settings: &Settings) -> anyhow::Result<()> {
    if settings.postgres.pid.is_none() {
        println!("\nBooking: LEFT OUT, there is no PostgreSQL to measure on.");
        return Ok(());
    }
    if output(settings.postgres.command("pgbench").arg("--version")).await.is_err() {
        println!("\nBooking: LEFT OUT, there is no pgbench to compare with.");
        return Ok(());
    }
    floor::create(settings).await?;
    startup::create_database(settings).await?;
    let url = settings.postgres.url(startup::DATABASE);
    let candidate = Candidate { database_url: &url, core: None, workers: 0, log: "booking.log" };
    // The first start fills the database; what is measured finds it.
    let mut first = candidate.start(settings)?;
    first.ready("/readyz").await?;
    first.stop().await?;
    let mut server = candidate.start(settings)?;
    server.ready("/readyz").await?;
    let accounts = MOST_PER_SECOND * usize::try_from(settings.seconds)? / SLOTS;
    let tokens = log_in(server.address, accounts.max(2 * CLIENTS)).await?;
    let lab = Lab::enter(server.address).await?;
    let residents = |label, order| {
        Booker::Candidate(Box::new(Residents {
            settings,
            label,
            order,
            address: server.address,
            pid: server.pid,
            tokens: &tokens,
            lab: &lab,
            slots: Vec::new(),
        }))
    };
    let mut bookers = [
        Booker::Floor(settings),
        residents("booking, 64 residents at a time", Order::Lasting),
        residents("booking, another one every time", Order::Changing),
    ];
    let rounds = alternate(settings, &mut bookers).await?;
    print(&rounds, &bookers);
    println!("  answers 201 = rows booked = places held, in every round");
    println!("  memory after the load: {:.1} MiB", resident_mib(server.pid)?);
    drop(bookers);
    server.stop().await
}

fn print(rounds: &Rounds, bookers: &[Booker<'_>]) {
    let mut table = Table::new(&[
        "",
        "base/s",
        "ours/s",
        "PostgreSQL µs",
        "ours: PostgreSQL µs",
        "+ server µs",
        "ratio",
        "pairs",
        "goal",
    ]);
    for (index, booker) in bookers.iter().enumerate().skip(1) {
        let pairs = rounds.pairs(0, index);
        let cpu = |tree: usize| {
            let of = |sample: &crate::rounds::Sample| sample.cpu_us.get(tree).copied();
            format!("{:.0}", pairs.over(|_, b| of(b).unwrap_or(f64::NAN)).median)
        };
        let ratio = pairs.over(|a, b| b.per_second / a.per_second);
        table.row([
            booker.label().to_owned(),
            format!("{:.0}", pairs.over(|a, _| a.per_second).median),
            format!("{:.0}", pairs.over(|_, b| b.per_second).median),
            format!("{:.0}", pairs.over(|a, _| a.cpu()).median),
            cpu(0),
            cpu(1),
            spread(ratio),
            pairs.note(),
            pairs.verdict(GOAL, "ratio", ratio),
        ]);
    }
    table.print(&format!(
        "Booking: PostgreSQL (synchronous_commit on, fsync on), {SLOTS} slots, {CLIENTS} clients; \
         baseline: pgbench, guarded UPDATE and INSERT in one statement"
    ));
}
