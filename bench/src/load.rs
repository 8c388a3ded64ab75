//! Closed loops of requests: `wrk` for reads, our own for bookings and where there is no `wrk`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Args;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::{Connection, Request};
use crate::settings::{output, pinned};

/// What one round did.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Load {
    pub requests: u64,
    pub per_second: f64,
}

#[derive(Debug, Args)]
pub struct Options {
    #[arg(long)]
    address: SocketAddr,
    #[arg(long)]
    path: String,
    #[arg(long)]
    token: Option<String>,
    #[arg(long)]
    etag: Option<String>,
    #[arg(long)]
    connections: usize,
    #[arg(long)]
    seconds: u64,
}

/// Who reads what.
#[derive(Clone, Debug)]
pub struct Reading {
    pub address: SocketAddr,
    pub path: String,
    pub token: Option<String>,
    pub etag: Option<String>,
}

impl Reading {
    pub fn request(&self) -> Request<'_> {
        let mut request = Request::get(&self.path);
        request.token = self.token.as_deref();
        request.etag = self.etag.as_deref();
        request
    }
}

/// Asks again and again on `connections` connections from a process of its own.
///
/// # Errors
/// Any answer but success, or a broken connection.
pub async fn read(
    wrk: Option<&Path>,
    core: Option<usize>,
    reading: &Reading,
    connections: usize,
    seconds: u64,
) -> anyhow::Result<Load> {
    let Some(wrk) = wrk else { return read_ourselves(core, reading, connections, seconds).await };
    let mut command = pinned(wrk, core);
    command.args(["-t1", &format!("-c{connections}"), &format!("-d{seconds}s")]);
    for header in reading.request().headers() {
        command.args(["-H", &header]);
    }
    command.arg(format!("http://{}{}", reading.address, reading.path));
    parse_wrk(&output(&mut command).await?)
}

fn parse_wrk(text: &str) -> anyhow::Result<Load> {
    let broken = text.lines().find(|line| {
        let line = line.trim_start();
        line.starts_with("Non-2xx") || line.starts_with("Socket errors")
    });
    ensure!(broken.is_none(), "wrk: {}", broken.unwrap_or_default().trim());
    let requests = text.lines().find_map(|line| line.split_once(" requests in "));
    let per_second = text.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    let (requests, per_second) =
        requests.zip(per_second).with_context(|| format!("wrk said {text}"))?;
    Ok(Load { requests: requests.0.trim().parse()?, per_second: per_second.trim().parse()? })
}

async fn read_ourselves(
    core: Option<usize>,
    reading: &Reading,
    connections: usize,
    seconds: u64,
) -> anyhow::Result<Load> {
    let mut command = pinned(&std::env::current_exe()?, core);
    command.args(["load", "--address", &reading.address.to_string(), "--path", &reading.path]);
    command.args(["--connections", &connections.to_string(), "--seconds", &seconds.to_string()]);
    for (name, value) in [("--token", &reading.token), ("--etag", &reading.etag)] {
        if let Some(value) = value {
            command.args([name, value]);
        }
    }
    Ok(serde_json::from_str(&output(&mut command).await?)?)
}

/// `bench load`: prints a [`Load`] as JSON.
///
/// # Errors
/// Any answer but success, or a broken connection.
pub async fn print(options: &Options) -> anyhow::Result<()> {
    let reading = Reading {
        address: options.address,
        path: options.path.clone(),
        token: options.token.clone(),
        etag: options.etag.clone(),
    };
    let bytes = reading.request().bytes();
    let answers = closed_loop(options.address, options.connections, options.seconds, |_, _| {
        Some(bytes.clone())
    })
    .await?;
    let is_fine = answers.statuses.keys().all(|status| matches!(status, 200 | 304));
    ensure!(is_fine, "answers by status: {:?}", answers.statuses);
    println!("{}", serde_json::to_string(&answers.load())?);
    Ok(())
}

/// The answers of one round.
#[derive(Debug, Default)]
pub struct Answers {
    pub statuses: BTreeMap<u16, u64>,
    /// The first that was no success.
    pub complaint: Option<String>,
    /// How often each code of a refusal came.
    pub codes: BTreeMap<String, u64>,
    /// In microseconds, in no order.
    latencies: Vec<u32>,
    elapsed: Duration,
}

impl Answers {
    fn count(&mut self, status: u16, took: u32, body: &[u8]) {
        *self.statuses.entry(status).or_default() += 1;
        self.latencies.push(took);
        if status < 400 {
            return;
        }
        let problem: Value = serde_json::from_slice(body).unwrap_or_default();
        let code = problem.get("code").and_then(Value::as_str).unwrap_or("none");
        if let Some(count) = self.codes.get_mut(code) {
            *count += 1;
        } else {
            self.codes.insert(code.to_owned(), 1);
        }
        if self.complaint.is_none() {
            self.complaint = Some(String::from_utf8_lossy(body).into_owned());
        }
    }

    /// In milliseconds: what so many of a hundred requests did not exceed.
    pub fn percentile(&mut self, percent: usize) -> f64 {
        self.latencies.sort_unstable();
        let last = self.latencies.len().saturating_sub(1);
        let at = (self.latencies.len() * percent / 100).min(last);
        self.latencies.get(at).map_or(f64::NAN, |us| f64::from(*us) / 1e3)
    }

    pub fn load(&self) -> Load {
        let requests = self.statuses.values().sum();
        #[expect(clippy::cast_precision_loss, reason = "requests of one round")]
        let per_second = requests as f64 / self.elapsed.as_secs_f64();
        Load { requests, per_second }
    }
}

/// Every client sends its next request when it has the answer to the one before. `next` makes the
/// requests of a client, which knows the status of its last one, until there are none. A request that was sent is always waited for, so
/// that answers can be counted against rows.
///
/// # Errors
/// A connection broke.
pub async fn closed_loop(
    address: SocketAddr,
    clients: usize,
    seconds: u64,
    next: impl Fn(usize, Option<u16>) -> Option<Vec<u8>>,
) -> anyhow::Result<Answers> {
    let mut connections = Vec::with_capacity(clients);
    for _ in 0..clients {
        connections.push(Connection::open(address).await?);
    }
    let started = Instant::now();
    let until = started + Duration::from_secs(seconds);
    let next = &next;
    let loops = connections.into_iter().enumerate().map(async |(client, mut connection)| {
        let mut part = Answers::default();
        let mut last = None;
        while Instant::now() < until {
            let Some(request) = next(client, last) else { break };
            let sent = Instant::now();
            let status = connection.exchange(&request).await?;
            let took = u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX);
            part.count(status, took, connection.body());
            last = Some(status);
        }
        anyhow::Ok(part)
    });
    let parts = try_join_all(loops).await?;
    let mut answers = Answers { elapsed: started.elapsed(), ..Answers::default() };
    for part in parts {
        for (status, count) in part.statuses {
            *answers.statuses.entry(status).or_default() += count;
        }
        for (code, count) in part.codes {
            *answers.codes.entry(code).or_default() += count;
        }
        answers.latencies.extend(part.latencies);
        answers.complaint = answers.complaint.or(part.complaint);
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::parse_wrk;

    const FINE: &str = "  468960 requests in 5.10s, 1.99GB read\nRequests/sec:  91953.05\n";

    #[test]
    fn a_wrk_report_is_read_and_its_errors_are_ours() {
        let load = parse_wrk(FINE).unwrap();
        assert_eq!(load.requests, 468_960);
        assert!((load.per_second - 91_953.05).abs() < 1e-6);
        let refused = format!("{FINE}  Non-2xx or 3xx responses: 3\n");
        assert!(parse_wrk(&refused).is_err());
        assert!(parse_wrk("").is_err());
    }
}
