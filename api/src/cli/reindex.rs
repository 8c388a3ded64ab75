//! `sanjin reindex`.

use super::CliResult;
use crate::app::App;
use crate::features::bulletins::service::reindex_bulletins;
use crate::features::questions::service::reindex_faqs;
use crate::features::search::service::reindex_articles;
use crate::platform::http::AppError;

pub(super) async fn run(app: &App) -> CliResult {
    let told = |error: AppError| format!("{error:?}");
    let articles = reindex_articles(app).await.map_err(told)?;
    let bulletins = reindex_bulletins(app).await.map_err(told)?;
    let faqs = reindex_faqs(app).await.map_err(told)?;
    println!("{articles} articles, {bulletins} bulletins and {faqs} answers are in the index");
    Ok(())
}
