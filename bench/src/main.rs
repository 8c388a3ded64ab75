//! Measures Sanjin against the least that could do the same, side by side in one run.
//! `script/bench` builds both, prepares PostgreSQL and calls `bench run`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is what talks to a terminal")]

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

mod baseline;
mod booking;
mod client;
mod content;
mod floor;
mod load;
mod procfs;
mod reads;
mod residents;
mod rounds;
mod search;
mod server;
mod settings;
mod startup;
mod table;

use settings::{Section, Settings};

#[derive(Debug, Parser)]
#[command(name = "bench", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure and print the tables; fails only when something broke.
    Run(Settings),
    /// The bare server that cached reads are compared with.
    Baseline(baseline::Options),
    /// One closed loop of requests, for machines without wrk.
    Load(load::Options),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Baseline(options) => {
            actix_web::rt::System::new().block_on(baseline::serve(options))
        }
        Command::Run(settings) => actix_web::rt::System::new().block_on(run(settings)),
        Command::Load(options) => actix_web::rt::System::new().block_on(load::print(&options)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Dropping the work ends the processes that it started.
async fn run(settings: Settings) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        done = measure(&settings) => done,
        _ = terminate.recv() => anyhow::bail!("told to stop"),
        _ = interrupt.recv() => anyhow::bail!("interrupted"),
    }
}

async fn measure(settings: &Settings) -> anyhow::Result<()> {
    println!("{}", settings.describe());
    if settings.wants(Section::Reads) {
        reads::measure(settings).await?;
    }
    if settings.wants(Section::Booking) {
        booking::measure(settings).await?;
    }
    if settings.wants(Section::Growth) {
        booking::growth::measure(settings).await?;
    }
    if settings.wants(Section::Opening) {
        booking::opening::measure(settings).await?;
    }
    if settings.wants(Section::Search) {
        search::measure(settings).await?;
    }
    if settings.wants(Section::Start) {
        startup::measure(settings).await?;
    }
    println!("\nRatios are candidate to baseline, CPU ratios turned so that more is better.");
    Ok(())
}
