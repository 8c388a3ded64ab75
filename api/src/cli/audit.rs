//! `sanjin audit`.

use super::CliResult;
use crate::app::App;
use crate::platform::audit::{self, Anchor};

/// Prints one line and succeeds, or fails with the first thing that is wrong.
pub(super) async fn verify(app: &App, expected: Option<&Anchor>, seal: bool) -> CliResult {
    let failed = |error| format!("{error:?}");
    if seal {
        audit::seal(app).await.map_err(failed)?;
    }
    let report = audit::verify(app, expected).await.map_err(failed)??;
    println!(
        "intact: {} entries after {}, {} not sealed yet, head {}",
        report.entries, report.start.seq, report.unsealed, report.head
    );
    Ok(())
}
