//! What to measure and with what.

use std::path::{Path, PathBuf};
use std::process::Command as StdCommand;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use tokio::process::Command;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Section {
    Reads,
    Booking,
    /// Bookings while the tables grow to a million.
    Growth,
    /// Ten thousand people in the minute in which places are opened.
    Opening,
    /// Twenty thousand articles, fifty searches a second.
    Search,
    Start,
}

#[derive(Debug, Args)]
pub struct Settings {
    /// What to measure; everything when absent.
    sections: Vec<Section>,
    /// The `sanjin` binary to measure.
    #[arg(long)]
    pub candidate: PathBuf,
    /// An empty folder for databases and logs.
    #[arg(long)]
    pub folder: PathBuf,
    /// Rounds that count.
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
    /// Length of a round.
    #[arg(long, default_value_t = 5)]
    pub seconds: u64,
    /// How long to wait, in all of one table, for other processes to be quiet.
    #[arg(long, default_value_t = 20)]
    pub patience: u64,
    /// `wrk`; without it our own load generator, which is slower than a bare server.
    #[arg(long)]
    pub wrk: Option<PathBuf>,
    #[command(flatten)]
    pub postgres: Postgres,
}

/// A server of our own, reached as by `psql`: through the environment, which also keeps the
/// password out of the list of processes.
#[derive(Debug, Args)]
pub struct Postgres {
    /// Process id of the postmaster; without it what needs PostgreSQL is left out.
    #[arg(long = "postgres-pid")]
    pub pid: Option<u32>,
    #[arg(long, env = "PGPORT", default_value_t = 5432)]
    port: u16,
    #[arg(long, env = "PGUSER", default_value = "postgres")]
    user: String,
    #[arg(long, env = "PGPASSWORD", default_value = "", hide_env_values = true)]
    password: String,
    /// Folder of `psql` and `pgbench`.
    #[arg(long, default_value = "/usr/bin")]
    pub postgres_bin: PathBuf,
}

impl Settings {
    pub fn wants(&self, section: Section) -> bool {
        self.sections.is_empty() || self.sections.contains(&section)
    }

    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.patience)
    }

    pub fn describe(&self) -> String {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        format!(
            "candidate {}, {cores} cores, {} rounds of {} s; a round in which others use more than \
             10 % of the machine is repeated or dropped",
            self.candidate.display(),
            self.rounds,
            self.seconds
        )
    }
}

impl Postgres {
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{}:{}@127.0.0.1:{}/{database}", self.user, self.password, self.port)
    }

    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.postgres_bin.join(program));
        command.kill_on_drop(true);
        command
    }

    /// Runs statements and returns the cells of the last row.
    ///
    /// # Errors
    /// The server refuses them.
    pub async fn query(&self, database: &str, sql: &str) -> anyhow::Result<Vec<i64>> {
        let text = output(self.command("psql").args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set=ON_ERROR_STOP=1",
            "--dbname",
            database,
            "--command",
            sql,
        ]))
        .await?;
        let row = text.lines().last().unwrap_or_default();
        let cells = row.split('|').filter(|cell| !cell.is_empty());
        cells.map(|cell| cell.parse().with_context(|| format!("psql answered {row}"))).collect()
    }
}

/// Where the two sides of a comparison run: the server on one core, the load on another.
#[derive(Clone, Copy, Debug)]
pub struct Cores {
    pub server: Option<usize>,
    pub load: Option<usize>,
}

impl Cores {
    /// Two of the cores that this process may use, if it can pin to them.
    pub fn split() -> Self {
        let can_pin =
            StdCommand::new("taskset").arg("--version").output().is_ok_and(|o| o.status.success());
        match allowed_cores().as_slice() {
            [first, second, ..] if can_pin => Self { server: Some(*first), load: Some(*second) },
            _ => Self::anywhere(),
        }
    }

    pub fn anywhere() -> Self {
        Self { server: None, load: None }
    }
}

fn allowed_cores() -> Vec<usize> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    list.unwrap_or_default()
        .split(',')
        .filter_map(|range| {
            let (first, last) =
                range.trim().split_once('-').unwrap_or((range.trim(), range.trim()));
            Some(first.parse().ok()?..=last.parse().ok()?)
        })
        .flatten()
        .collect()
}

/// A command that ends with us, on its core.
pub fn pinned(program: &Path, core: Option<usize>) -> Command {
    let mut command = match core {
        Some(core) => {
            let mut command = Command::new("taskset");
            command.args(["--cpu-list", &core.to_string()]).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.kill_on_drop(true);
    command
}

/// What a command prints, or everything it said when it failed.
///
/// # Errors
/// The command cannot be started or says no.
pub async fn output(command: &mut Command) -> anyhow::Result<String> {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    let done = command.output().await.with_context(|| format!("cannot start {name}"))?;
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    anyhow::ensure!(
        done.status.success(),
        "{name}: {}\n{text}{}",
        done.status,
        String::from_utf8_lossy(&done.stderr)
    );
    Ok(text)
}
