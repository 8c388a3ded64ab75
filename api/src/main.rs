//! `sanjin`: one binary, several commands. `sanjin help` lists them.

use std::process::ExitCode;

use clap::Parser as _;
use mimalloc::MiMalloc;
use sanjin::cli::{Cli, run};

// Most of what is allocated here is small and short-lived, for which it is made.
#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // One thread here; the server brings its own, one per core.
    actix_web::rt::System::new().block_on(run(Cli::parse()))
}
