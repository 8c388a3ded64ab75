//! What search engines are told.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::app::App;
use crate::features::feeds::model::sitemap::{self, Place, file_name, file_number};
use crate::features::feeds::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::cache::{CachedPage, PageKey};
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// Beyond this no search engine would follow (sitemaps.org).
const MOST_FILES: u64 = 50_000;

/// What robots may read, and where the site map is (RFC 9309).
pub fn robots(app: &App) -> String {
    let base = app.config.base_url();
    format!("User-agent: *\nDisallow: /api/v1/staff/\n\nSitemap: {base}/sitemap.xml\n")
}

pub async fn get_sitemap(ctx: &Ctx<perm::Public>) -> AppResult<Arc<CachedPage>> {
    let key = PageKey::new("sitemap", "").showing(&["articles"]);
    let page = ctx.app.pages.get_bytes(key, async || {
        let base = ctx.app.config.base_url();
        let mut files = Vec::new();
        for number in 1..=MOST_FILES {
            let rows = sitemap_rows(&ctx.app, number).await?;
            let Some(changed_at) = rows.iter().map(|(_, changed_at)| *changed_at).max() else {
                break;
            };
            files.push(Place::new(format!("{base}/sitemaps/{}", file_name(number)), changed_at));
            if rows.len() < usize::from(ctx.app.config.site.sitemap_urls) {
                break;
            }
        }
        sitemap::index(files).map_err(AppError::internal)
    });
    page.await
}

/// # Errors
/// `not_found` for a file that the index does not name.
pub async fn get_sitemap_page(ctx: &Ctx<perm::Public>, name: &str) -> AppResult<Arc<CachedPage>> {
    let not_found = || AppError::new(ErrorCode::NotFound);
    let number = file_number(name).filter(|number| *number <= MOST_FILES).ok_or_else(not_found)?;
    let key = PageKey::new("sitemap", number.to_string()).showing(&["articles"]);
    let page = ctx.app.pages.get_bytes(key, async || {
        let rows = sitemap_rows(&ctx.app, number).await?;
        if rows.is_empty() {
            return Err(not_found());
        }
        let place = |(id, changed_at)| Place::new(ctx.app.config.article_url(id), changed_at);
        sitemap::urls(rows.into_iter().map(place).collect()).map_err(AppError::internal)
    });
    page.await
}

async fn sitemap_rows(app: &App, number: u64) -> AppResult<Vec<(Uuid, DateTime<Utc>)>> {
    let limit = u64::from(app.config.site.sitemap_urls);
    Ok(queries::sitemap_rows(&app.db, (number - 1) * limit, limit).await?)
}
