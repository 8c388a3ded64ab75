//! `sanjin import`.

use std::path::Path;

use super::CliResult;
use crate::app::App;
use crate::features::articles::import::import_articles;

pub(super) async fn articles(app: &App, folder: &Path) -> CliResult {
    let report = import_articles(app, folder).await.map_err(|error| format!("{error:?}"))??;
    for (what, titles) in [
        ("created", &report.created),
        ("updated", &report.updated),
        ("unchanged", &report.unchanged),
    ] {
        for title in titles {
            println!("{what:<10}{title}");
        }
    }
    let (created, updated) = (report.created.len(), report.updated.len());
    println!("{created} created, {updated} updated, {} unchanged", report.unchanged.len());
    Ok(())
}
