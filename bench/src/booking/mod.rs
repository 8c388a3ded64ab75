//! Booking over HTTP, against pgbench on the same PostgreSQL: a hundred slots, one slot that
//! everybody wants, and one that is full.

pub mod growth;
pub mod opening;
mod world;

use crate::floor;
use crate::load::Load;
use crate::procfs::resident_mib;
use crate::rounds::{Rounds, Subject, alternate};
use crate::settings::{Settings, output};
use crate::table::{Table, spread};
use world::{CLIENTS, Order, SLOTS, Store, World};

/// Label, what is asked for, the floor to compare with, and the goal.
const SCENES: [(&str, Order, usize, f64); 4] = [
    ("100 slots, 64 residents at a time", Order::Lasting, 0, 0.6),
    ("100 slots, another one every time", Order::Changing, 0, 0.6),
    ("one hot slot", Order::Hot, 1, 5.0),
    ("a full slot: refusals", Order::Full, 1, 3.0),
];

enum Booker<'a> {
    Floor { settings: &'a Settings, slots: usize },
    Candidate(Residents<'a>),
}

struct Residents<'a> {
    settings: &'a Settings,
    world: &'a World<'a>,
    label: &'static str,
    order: Order,
    slots: Vec<String>,
    /// p50 and p99 of the last round, in milliseconds.
    latency: (f64, f64),
}

impl Subject for Booker<'_> {
    fn label(&self) -> &str {
        match self {
            Self::Floor { slots: 1, .. } => "pgbench, one slot",
            Self::Floor { .. } => "pgbench, 100 slots",
            Self::Candidate(residents) => residents.label,
        }
    }

    fn costs(&self) -> Vec<u32> {
        match self {
            Self::Floor { settings, .. } => settings.postgres.pid.into_iter().collect(),
            Self::Candidate(residents) => {
                let postgres = match residents.world.store {
                    Store::Postgres(_) => residents.settings.postgres.pid,
                    Store::Sqlite => None,
                };
                postgres.into_iter().chain([residents.world.server.pid]).collect()
            }
        }
    }

    async fn prepare(&mut self) -> anyhow::Result<()> {
        match self {
            Self::Floor { settings, .. } => {
                floor::refill(&settings.postgres).await?;
                settings.postgres.query("postgres", "CHECKPOINT").await.map(|_| ())
            }
            Self::Candidate(residents) => {
                residents.world.forget().await?;
                residents.slots = residents.world.prepare(residents.order).await?;
                Ok(())
            }
        }
    }

    async fn run(&mut self, seconds: u64) -> anyhow::Result<Load> {
        match self {
            Self::Floor { settings, slots } => floor::run(settings, *slots, CLIENTS, seconds).await,
            Self::Candidate(residents) => {
                let (order, slots) = (residents.order, &residents.slots);
                let (load, mut answers) = residents.world.book(order, slots, seconds).await?;
                residents.latency = (answers.percentile(50), answers.percentile(99));
                Ok(load)
            }
        }
    }
}

/// Whether there is a PostgreSQL with pgbench; says so when not.
async fn can_compare(settings: &Settings, what: &str) -> bool {
    if settings.postgres.pid.is_none() {
        println!("\n{what}: LEFT OUT, there is no PostgreSQL to measure on.");
        return false;
    }
    if output(settings.postgres.command("pgbench").arg("--version")).await.is_err() {
        println!("\n{what}: LEFT OUT, there is no pgbench to compare with.");
        return false;
    }
    true
}

/// # Errors
/// A server broke, or what was answered is not what was stored.
pub async fn measure(settings: &Settings) -> anyhow::Result<()> {
    if can_compare(settings, "Booking").await {
        floor::create(settings).await?;
        let world = World::enter(settings, Store::Postgres(settings)).await?;
        world.greet().await?;
        let mut bookers =
            vec![Booker::Floor { settings, slots: SLOTS }, Booker::Floor { settings, slots: 1 }];
        bookers.extend(scenes(settings, &world));
        let rounds = alternate(settings, &mut bookers).await?;
        print(&rounds, &bookers);
        println!("  answers 201 = rows booked = places held, in every round");
        println!("  memory after the load: {:.1} MiB", resident_mib(world.server.pid)?);
        drop(bookers);
        world.server.stop().await?;
    }
    sqlite(settings).await
}

fn scenes<'a>(settings: &'a Settings, world: &'a World<'a>) -> Vec<Booker<'a>> {
    let scene = |(label, order, ..): &(&'static str, Order, usize, f64)| {
        let (slots, latency) = (Vec::new(), (f64::NAN, f64::NAN));
        Booker::Candidate(Residents { settings, world, label, order: *order, slots, latency })
    };
    SCENES.iter().map(scene).collect()
}

fn latency(booker: &Booker<'_>) -> String {
    match booker {
        Booker::Floor { .. } => String::new(),
        Booker::Candidate(residents) => {
            let (p50, p99) = residents.latency;
            format!("{p50:.0} {p99:.0}")
        }
    }
}

fn print(rounds: &Rounds, bookers: &[Booker<'_>]) {
    let mut table = Table::new(&[
        "",
        "base/s",
        "ours/s",
        "p50 p99 ms",
        "PostgreSQL µs",
        "ours: PostgreSQL µs",
        "+ server µs",
        "ratio",
        "pairs",
        "goal",
    ]);
    for ((label, _, base, goal), (index, booker)) in
        SCENES.iter().zip(bookers.iter().enumerate().skip(2))
    {
        let pairs = rounds.pairs(*base, index);
        let cpu = |tree: usize| {
            let of = |sample: &crate::rounds::Sample| sample.cpu_us.get(tree).copied();
            format!("{:.0}", pairs.over(|_, b| of(b).unwrap_or(f64::NAN)).median)
        };
        let ratio = pairs.over(|a, b| b.per_second / a.per_second);
        table.row([
            (*label).to_owned(),
            format!("{:.0}", pairs.over(|a, _| a.per_second).median),
            format!("{:.0}", pairs.over(|_, b| b.per_second).median),
            latency(booker),
            format!("{:.0}", pairs.over(|a, _| a.cpu()).median),
            cpu(0),
            cpu(1),
            spread(ratio),
            pairs.note(),
            pairs.verdict(*goal, "ratio", ratio),
        ]);
    }
    table.print(&format!(
        "Booking: PostgreSQL (synchronous_commit on, fsync on), {CLIENTS} clients; baseline: \
         pgbench, guarded UPDATE and INSERT in one statement, on {SLOTS} slots or on one"
    ));
}

/// The same on the embedded database. There is no floor; the figures stand for themselves.
async fn sqlite(settings: &Settings) -> anyhow::Result<()> {
    let mut table = Table::new(&["", "ours/s", "p50 p99 ms", "server µs", "rounds"]);
    for scene in SCENES {
        // Its bookings cannot be forgotten from outside: every scene has a file of its own.
        let world = World::enter(settings, Store::Sqlite).await?;
        world.greet().await?;
        let (label, order, ..) = scene;
        let (slots, ms) = (Vec::new(), (f64::NAN, f64::NAN));
        let residents = Residents { settings, world: &world, label, order, slots, latency: ms };
        let mut booker = Booker::Candidate(residents);
        booker.prepare().await?;
        let before = crate::procfs::Snapshot::take()?;
        let load = booker.run(settings.seconds).await?;
        let after = crate::procfs::Snapshot::take()?;
        #[expect(clippy::cast_precision_loss, reason = "requests of one round")]
        let cpu = after.cpu_us_since(&before, world.server.pid) / load.requests.max(1) as f64;
        table.row([
            label.to_owned(),
            format!("{:.0}", load.per_second),
            latency(&booker),
            format!("{cpu:.0}"),
            "1".to_owned(),
        ]);
        drop(booker);
        world.server.stop().await?;
        for file in ["booking.db", "booking.db-wal", "booking.db-shm"] {
            let path = settings.folder.join(file);
            if path.exists() {
                std::fs::remove_file(path)?;
            }
        }
    }
    table.print(&format!("Booking: SQLite (synchronous FULL), {CLIENTS} clients, one round each"));
    Ok(())
}
