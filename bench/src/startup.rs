//! Start on an existing database, and memory at rest.

use std::time::Duration;

use crate::procfs::resident_mib;
use crate::rounds::Spread;
use crate::server::Candidate;
use crate::settings::Settings;
use crate::table::{Table, at_most};

/// The candidate's database on PostgreSQL.
pub const DATABASE: &str = "sanjin";

const STARTS: usize = 5;
const REST: Duration = Duration::from_secs(10);
const SECONDS_GOAL: f64 = 0.3;
const MEMORY_GOAL: f64 = 40.0;

/// Makes it unless the bookings made it already.
///
/// # Errors
/// PostgreSQL refuses.
pub async fn create_database(settings: &Settings) -> anyhow::Result<()> {
    let known = format!("SELECT count(*) FROM pg_database WHERE datname = '{DATABASE}'");
    if settings.postgres.query("postgres", &known).await? == [0] {
        settings.postgres.query("postgres", &format!("CREATE DATABASE {DATABASE}")).await?;
    }
    Ok(())
}

/// # Errors
/// A server does not start.
pub async fn measure(settings: &Settings) -> anyhow::Result<()> {
    let mut databases =
        vec![("SQLite", format!("sqlite://{}", settings.folder.join("start.db").display()))];
    if settings.postgres.pid.is_some() {
        create_database(settings).await?;
        settings.postgres.query("postgres", "CHECKPOINT").await?;
        databases.push(("PostgreSQL", settings.postgres.url(DATABASE)));
    } else {
        println!("\nStart on PostgreSQL: LEFT OUT, there is no PostgreSQL to measure on.");
    }
    let candidates: Vec<_> = databases
        .iter()
        .map(|(_, url)| Candidate { database_url: url, core: None, workers: 0, log: "start.log" })
        .collect();
    let mut times: Vec<Vec<f64>> = Vec::new();
    for candidate in &candidates {
        let mut seconds = Vec::new();
        // The first start makes the database or finds it; it does not count.
        for count in 0..=STARTS {
            let mut server = candidate.start(settings)?;
            let time = server.ready("/readyz").await?;
            if count > 0 {
                seconds.push(time.as_secs_f64());
            }
            server.stop().await?;
        }
        times.push(seconds);
    }
    let mut servers = Vec::new();
    for candidate in &candidates {
        let mut server = candidate.start(settings)?;
        server.listening().await?;
        servers.push(server);
    }
    tokio::time::sleep(REST).await;
    let mut table = Table::new(&["", "start s", "goal", "idle MiB", "goal"]);
    for (((name, _), seconds), server) in databases.iter().zip(times).zip(&servers) {
        let spread = Spread::of(seconds);
        let memory = resident_mib(server.pid)?;
        table.row([
            (*name).to_owned(),
            format!("{:.3} {:.3} {:.3}", spread.min, spread.median, spread.max),
            at_most(SECONDS_GOAL, "s", spread.median),
            format!("{memory:.1}"),
            at_most(MEMORY_GOAL, "MiB", memory),
        ]);
    }
    for server in servers {
        server.stop().await?;
    }
    table.print(&format!(
        "Start on an existing database until the first 200 of /readyz ({STARTS} starts), and \
         memory {} s after a start",
        REST.as_secs()
    ));
    Ok(())
}
