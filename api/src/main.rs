//! `sanjin`: one binary, several commands. `sanjin help` lists them.

use std::process::ExitCode;

use clap::Parser as _;
use sanjin::cli::{Cli, run};

fn main() -> ExitCode {
    // One thread here; the server brings its own, one per core.
    actix_web::rt::System::new().block_on(run(Cli::parse()))
}
