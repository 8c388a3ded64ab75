use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::{article, media_file};
use uuid::Uuid;

use super::dto::FeedQuery;
use super::model::sitemap::{self, Place, file_name, file_number};
use super::model::{
    Entry, Feed, Format, Name, Picture, Source, excerpt, readable, render, with_whole_addresses,
};
use super::queries;
use crate::app::App;
use crate::platform::auth::{Ctx, perm};
use crate::platform::cache::{CachedPage, PageKey};
use crate::platform::db::{Cursor, PageQuery};
use crate::platform::http::{AppError, AppResult, ErrorCode};

const PER_PAGE: u64 = 50;
/// Beyond this no search engine would follow (sitemaps.org).
const MOST_FILES: u64 = 50_000;

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
        let (feed, changed_at) = match source {
            Source::Articles => articles(&ctx.app, format, category, cursor, &place).await?,
        };
        Ok((render(&feed, format)?, changed_at))
    });
    Ok((page.await?, format.media_type()))
}

/// A page of articles, and when any of them changed last, also one that is gone.
async fn articles(
    app: &App,
    format: Format,
    category: Option<String>,
    cursor: Option<Cursor>,
    place: &str,
) -> AppResult<(Feed, Option<DateTime<Utc>>)> {
    let db = &app.db;
    let names: HashMap<String, String> = queries::categories(db).await?.into_iter().collect();
    if category.as_ref().is_some_and(|code| !names.contains_key(code)) {
        return Err(AppError::new(ErrorCode::UnknownCategory).on_field("category"));
    }
    let changed_at = queries::last_change(db).await?;
    let mut rows = queries::changed_last(db, category.as_deref(), cursor, PER_PAGE).await?;
    let has_more = rows.len() > usize::try_from(PER_PAGE).unwrap_or(usize::MAX);
    if has_more {
        rows.pop();
    }
    let next = rows.last().filter(|_| has_more);
    let next = next.map(|last| Cursor { at: last.updated_at, id: last.id }.encode());
    let covers = rows.iter().filter_map(cover_id).collect();
    let pictures = queries::pictures(db, covers).await?;
    let pictures: HashMap<Uuid, media_file::Model> =
        pictures.into_iter().map(|file| (file.id, file)).collect();

    let base = app.config.base_url();
    let id = format!("{base}/api/v1/feeds/articles");
    let address = |cursor: &str| {
        let narrowed = category.iter().map(|code| format!("category={code}"));
        let further = (!cursor.is_empty()).then(|| format!("cursor={cursor}"));
        let query: Vec<String> = narrowed.chain(further).collect();
        format!("{id}.{}?{}", format.ending(), query.join("&")).trim_end_matches('?').to_owned()
    };
    let label = category.as_ref().and_then(|code| names.get(code));
    let site = app.config.site.title.clone();
    let feed = Feed {
        title: label.map_or_else(|| site.clone(), |label| format!("{site}·{label}")),
        site,
        home: base.clone(),
        this: address(place),
        first: address(""),
        next: next.as_deref().map(address),
        updated: changed_at.unwrap_or(DateTime::UNIX_EPOCH),
        entries: rows.iter().map(|row| entry(app, &base, row, &names, &pictures)).collect(),
        id: category.as_ref().map_or(id.clone(), |code| format!("{id}?category={code}")),
    };
    Ok((feed, changed_at))
}

fn cover_id(row: &article::Model) -> Option<Uuid> {
    row.cover_key.as_deref().and_then(|key| key.parse().ok())
}

fn entry(
    app: &App,
    base: &str,
    row: &article::Model,
    names: &HashMap<String, String>,
    pictures: &HashMap<Uuid, media_file::Model>,
) -> Entry {
    let picture = cover_id(row).and_then(|id| pictures.get(&id)).map(|file| Picture {
        url: format!("{base}/api/v1/covers/{}", file.id),
        alt: readable(row.cover_alt.as_deref().unwrap_or_default()),
        media_type: file.media_type.as_str(),
        bytes: file.bytes,
    });
    let name = names.get(&row.category_code).unwrap_or(&row.category_code);
    Entry {
        id: row.id,
        url: app.config.article_url(row.id),
        title: readable(&row.title),
        excerpt: excerpt(&readable(&row.summary)),
        html: readable(&with_whole_addresses(&row.body_html, base)),
        category: (row.category_code.clone(), readable(name)),
        author: row.issuer.as_deref().map(readable),
        published: row.published_at.unwrap_or(row.created_at),
        updated: row.updated_at,
        picture,
    }
}

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
