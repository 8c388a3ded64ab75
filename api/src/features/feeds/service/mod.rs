//! Feeds of each source; the site map.

mod articles;
mod bulletins;
mod sitemap;

use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use sitemap::{get_sitemap, get_sitemap_page, robots};

use super::dto::FeedQuery;
use super::model::{Entry, Feed, Format, Name, Source, render};
use crate::app::App;
use crate::platform::auth::{Ctx, perm};
use crate::platform::cache::{CachedPage, PageKey};
use crate::platform::db::{Cursor, PageQuery};
use crate::platform::http::{AppError, AppResult, ErrorCode};

const PER_PAGE: u64 = 50;

/// A page of a source.
struct Shelf {
    /// The name of the category, if only one is shown.
    label: Option<String>,
    entries: Vec<Entry>,
    next: Option<Cursor>,
    /// When anything of the source changed last, also what is gone.
    changed_at: Option<DateTime<Utc>>,
}

/// A feed and its media type.
///
/// # Errors
/// `not_found` for a name that no feed has; `unknown_category`, `invalid_cursor`.
pub async fn get_feed(
    ctx: &Ctx<perm::Public>,
    name: &str,
    query: FeedQuery,
) -> AppResult<(Arc<CachedPage>, &'static str)> {
    let Name { source, format } =
        name.parse().map_err(|_no_feed| AppError::new(ErrorCode::NotFound))?;
    let FeedQuery { category, cursor: place } = query;
    let (cursor, _) = PageQuery { cursor: place.clone(), limit: None }.parse()?;
    let place = place.unwrap_or_default();
    let argument = format!("{name}|{}|{place}", category.as_deref().unwrap_or_default());
    let key = PageKey::new("feed", argument).showing(source.parts());
    let page = ctx.app.pages.get_dated(key, ctx.now, async || {
        let category = category.as_deref();
        let shelf = match source {
            Source::Articles => articles::shelf(&ctx.app, category, cursor).await?,
            Source::Bulletins => bulletins::shelf(&ctx.app, category, cursor).await?,
        };
        let changed_at = shelf.changed_at;
        let feed = feed(&ctx.app, (source, format), category, &place, shelf);
        Ok((render(&feed, format)?, changed_at))
    });
    Ok((page.await?, format.media_type()))
}

fn feed(
    app: &App,
    (source, format): (Source, Format),
    category: Option<&str>,
    place: &str,
    shelf: Shelf,
) -> Feed {
    let base = app.config.base_url();
    let id = format!("{base}/api/v1/feeds/{}", source.as_str());
    let address = |cursor: &str| {
        let narrowed = category.map(|code| format!("category={code}"));
        let further = (!cursor.is_empty()).then(|| format!("cursor={cursor}"));
        let query: Vec<String> = narrowed.into_iter().chain(further).collect();
        format!("{id}.{}?{}", format.ending(), query.join("&")).trim_end_matches('?').to_owned()
    };
    let site = app.config.site.title.clone();
    let titles = [Some(site.as_str()), source.label(), shelf.label.as_deref()];
    Feed {
        title: titles.into_iter().flatten().collect::<Vec<_>>().join("·"),
        home: base,
        this: address(place),
        first: address(""),
        next: shelf.next.map(|next| address(&next.encode())),
        updated: shelf.changed_at.unwrap_or(DateTime::UNIX_EPOCH),
        entries: shelf.entries,
        id: category.map_or(id.clone(), |code| format!("{id}?category={code}")),
        site,
    }
}

/// What fits on a page, and where the next one begins.
fn page<T>(mut rows: Vec<T>, key: impl Fn(&T) -> Cursor) -> (Vec<T>, Option<Cursor>) {
    let has_more = rows.len() as u64 > PER_PAGE;
    if has_more {
        rows.pop();
    }
    let next = rows.last().filter(|_| has_more).map(key);
    (rows, next)
}

fn unknown_category() -> AppError {
    AppError::new(ErrorCode::UnknownCategory).on_field("category")
}
