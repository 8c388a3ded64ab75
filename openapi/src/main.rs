//! Writes `openapi/openapi.json` and `docs/ERRORS.md` from the code, or checks them.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool")]
#![expect(clippy::indexing_slicing, reason = "a serde_json::Value answers null, it does not panic")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use serde_json::Value;

mod compat;
mod errors;
mod style;

/// Without a flag: write both files.
#[derive(Debug, Parser)]
struct Cli {
    /// Fail when a committed file is not what the code says.
    #[arg(long)]
    check: bool,
    /// Fail when an operation does not follow the style of docs/API-DESIGN.md.
    #[arg(long)]
    lint: bool,
    /// Fail when a client of this older document would break.
    #[arg(long, value_name = "OLD")]
    compat: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(problems) if problems.is_empty() => ExitCode::SUCCESS,
        Ok(problems) => {
            for problem in &problems {
                eprintln!("openapi: {problem}");
            }
            eprintln!("openapi: {} problem(s)", problems.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("openapi: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("no workspace")?;
    let document = sanjin::openapi::ApiDoc::json();
    let files = [
        (
            root.join("openapi/openapi.json"),
            format!("{}\n", serde_json::to_string_pretty(&document)?),
        ),
        (root.join("docs/ERRORS.md"), errors::table()),
    ];
    let mut problems = Vec::new();
    if cli.lint {
        problems.extend(style::lint(&document));
    }
    if let Some(old) = &cli.compat {
        let old: Value = serde_json::from_slice(&std::fs::read(old)?)?;
        problems.extend(compat::breaking(&old, &document));
    }
    for (path, wanted) in &files {
        if cli.check {
            if std::fs::read_to_string(path).unwrap_or_default() != *wanted {
                problems.push(format!("{} is stale: run `cargo run -p openapi`", path.display()));
            }
        } else if !cli.lint && cli.compat.is_none() {
            std::fs::write(path, wanted)?;
            println!("wrote {}", path.display());
        }
    }
    Ok(problems)
}
