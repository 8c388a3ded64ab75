//! Starts and stops the servers under measurement.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::client::{Connection, Request};
use crate::settings::{Settings, output, pinned};

const LONGEST_START: Duration = Duration::from_secs(60);
const LONGEST_STOP: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Server {
    child: Child,
    log: PathBuf,
    pub pid: u32,
    pub address: SocketAddr,
    started: Instant,
}

/// How the candidate runs.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    pub database_url: &'a str,
    pub core: Option<usize>,
    /// 0 is one per core.
    pub workers: usize,
    pub log: &'a str,
}

/// # Errors
/// No port is free.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

impl Candidate<'_> {
    /// The binary with its settings, all by environment.
    pub fn command(&self, settings: &Settings) -> Command {
        let mut command = pinned(&settings.candidate, self.core);
        command
            .current_dir(&settings.folder)
            .env("SANJIN__DATABASE__URL", self.database_url)
            .env("SANJIN__STORAGE__ROOT", settings.folder.join("storage"))
            .env("SANJIN__LOG__FILTER", "warn")
            .env("SANJIN__HTTP__WORKERS", self.workers.to_string())
            // All clients share one address here, which is not limited.
            .env("SANJIN__LIMITS__ADDRESS_WRITES__MOST", "0")
            .env("SANJIN__LIMITS__ANONYMOUS_WRITES__MOST", "0");
        command
    }

    /// # Errors
    /// It cannot be started.
    pub fn start(&self, settings: &Settings) -> anyhow::Result<Server> {
        let address = free_address()?;
        let mut command = self.command(settings);
        command.arg("serve").env("SANJIN__HTTP__LISTEN", address.to_string());
        Server::start(command, address, settings.folder.join(self.log))
    }
}

impl Server {
    /// # Errors
    /// It cannot be started.
    pub fn start(mut command: Command, address: SocketAddr, log: PathBuf) -> anyhow::Result<Self> {
        let file = File::options().create(true).append(true).open(&log)?;
        command.stdout(file.try_clone()?).stderr(file);
        let started = Instant::now();
        let child = command.spawn()?;
        let pid = child.id().context("a server that ended at once")?;
        Ok(Self { child, log, pid, address, started })
    }

    /// Waits for the first 200 under `path`. Returns the time since the start.
    ///
    /// # Errors
    /// It ended, or takes too long.
    pub async fn ready(&mut self, path: &str) -> anyhow::Result<Duration> {
        let request = Request::get(path).bytes();
        loop {
            self.listening().await?;
            let mut connection = Connection::open(self.address).await?;
            if matches!(connection.exchange(&request).await, Ok(200)) {
                return Ok(self.started.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until connections are taken, without a request.
    ///
    /// # Errors
    /// It ended, or takes too long.
    pub async fn listening(&mut self) -> anyhow::Result<()> {
        while TcpStream::connect(self.address).await.is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("a server ended with {status}:\n{}", tail(&self.log));
            }
            ensure!(self.started.elapsed() < LONGEST_START, "a server does not start");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// Stops it as an operator does and reads what it complained about.
    ///
    /// # Errors
    /// It complained, or does not stop.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        output(Command::new("kill").args(["-TERM", &self.pid.to_string()])).await?;
        let status = tokio::time::timeout(LONGEST_STOP, self.child.wait())
            .await
            .context("a server does not stop")??;
        let text = std::fs::read_to_string(&self.log)?;
        let errors: Vec<&str> = text.lines().filter(|line| line.contains("ERROR")).collect();
        ensure!(errors.is_empty(), "the server logged errors:\n{}", errors.join("\n"));
        ensure!(status.success(), "a server ended with {status}:\n{}", tail(&self.log));
        Ok(())
    }
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(20)).copied().collect::<Vec<_>>().join("\n")
}
