//! `sanjin reindex`.

use super::CliResult;
use crate::app::App;
use crate::features::search::service::reindex;

pub(super) async fn run(app: &App) -> CliResult {
    let mut entered = 0;
    reindex(app, |done| entered = done).await.map_err(|error| format!("{error:?}"))?;
    println!("{entered} articles are in the index");
    Ok(())
}
