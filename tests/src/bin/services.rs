//! Setup script of nextest: starts PostgreSQL and Redis for this run and hands their folder over.

use std::io::Write as _;
use std::os::unix::process::parent_id;
use std::path::Path;

use tests::services::{FOLDER_VARIABLE, supervise, supervise_for};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, verb, pid, folder] = arguments.as_slice()
        && verb == "supervise"
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let pid = pid.parse().map_err(std::io::Error::other)?;
        runtime.block_on(supervise(pid, Path::new(folder)));
        return Ok(());
    }
    let folder = supervise_for(parent_id());
    #[expect(clippy::disallowed_methods, reason = "nextest's own way to hand variables over")]
    let file = std::env::var("NEXTEST_ENV").map_err(std::io::Error::other)?;
    let mut file = std::fs::OpenOptions::new().append(true).open(file)?;
    writeln!(file, "{FOLDER_VARIABLE}={}", folder.display())
}
