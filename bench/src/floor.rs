//! The floor of a booking: pgbench and the smallest correct statement, on the same PostgreSQL.

use anyhow::{Context as _, ensure};

use crate::load::Load;
use crate::settings::{Postgres, Settings, output};

pub const DATABASE: &str = "floor";

const SCHEMA: &str = "
CREATE TABLE slots (id int PRIMARY KEY, capacity int NOT NULL, held int NOT NULL DEFAULT 0,
    CHECK (held <= capacity));
CREATE TABLE bookings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slot_id int NOT NULL, account_id bigint NOT NULL, UNIQUE (account_id, slot_id));";

/// Accounts are drawn from so many that no pair comes twice; if one did, the run would fail.
const BOOK: &str = "\\set slot random(1, :slots)
\\set account random(1, 1000000000000000)
WITH held AS (UPDATE slots SET held = held + 1 WHERE id = :slot AND held < capacity RETURNING id)
INSERT INTO bookings (slot_id, account_id) SELECT id, :account FROM held;
";

/// # Errors
/// PostgreSQL refuses.
pub async fn create(settings: &Settings) -> anyhow::Result<()> {
    let postgres = &settings.postgres;
    postgres.query("postgres", &format!("CREATE DATABASE {DATABASE}")).await?;
    postgres.query(DATABASE, SCHEMA).await?;
    std::fs::write(settings.folder.join("book.sql"), BOOK)?;
    Ok(())
}

/// Empty tables and slots with room for everybody.
///
/// # Errors
/// PostgreSQL refuses.
pub async fn refill(postgres: &Postgres) -> anyhow::Result<()> {
    let sql = "TRUNCATE slots, bookings;
               INSERT INTO slots (id, capacity) SELECT n, 2000000000 FROM generate_series(1, 100) n;";
    postgres.query(DATABASE, sql).await?;
    postgres.query(DATABASE, "VACUUM ANALYZE slots, bookings").await?;
    Ok(())
}

/// # Errors
/// pgbench failed, or what it did is not what the tables hold.
pub async fn run(
    settings: &Settings,
    slots: usize,
    clients: usize,
    seconds: u64,
) -> anyhow::Result<Load> {
    let script = settings.folder.join("book.sql");
    let mut command = settings.postgres.command("pgbench");
    command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2"]);
    command.args([&format!("--client={clients}"), &format!("--time={seconds}")]);
    command.args([&format!("--define=slots={slots}"), "--file"]);
    let report = output(command.arg(script).arg(DATABASE)).await?;
    let after = |prefix: &str| {
        let value = report.lines().find_map(|line| line.strip_prefix(prefix));
        value.and_then(|value| value.split_whitespace().next()).map(ToOwned::to_owned)
    };
    let requests: u64 = after("number of transactions actually processed: ")
        .with_context(|| format!("pgbench said {report}"))?
        .parse()?;
    // There is no rate when not one transaction ended in time.
    let per_second = after("tps = ").map_or(Ok(0.0), |rate| rate.parse())?;
    let counts = settings
        .postgres
        .query(DATABASE, "SELECT (SELECT count(*) FROM bookings), sum(held) FROM slots");
    let counts = counts.await?;
    ensure!(
        counts.iter().all(|count| u64::try_from(*count).is_ok_and(|count| count == requests)),
        "pgbench booked {requests}, the tables hold {counts:?}"
    );
    Ok(Load { requests, per_second })
}
