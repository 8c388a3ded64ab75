use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{article, media_file};
use uuid::Uuid;

use super::{PER_PAGE, Shelf, page, unknown_category};
use crate::app::App;
use crate::features::feeds::model::{Entry, Picture, excerpt, readable, with_whole_addresses};
use crate::features::feeds::queries;
use crate::platform::db::Cursor;
use crate::platform::http::AppResult;

pub(super) async fn shelf(
    app: &App,
    category: Option<&str>,
    cursor: Option<Cursor>,
) -> AppResult<Shelf> {
    let db = &app.db;
    let names: HashMap<String, String> = queries::categories(db).await?.into_iter().collect();
    let label = category.map(|code| names.get(code).cloned().ok_or_else(unknown_category));
    let label = label.transpose()?;
    let changed_at = queries::last_change(db).await?;
    let rows = queries::changed_last(db, category, cursor, PER_PAGE).await?;
    let (rows, next) = page(rows, |last| Cursor { at: shown_since(last), id: last.id });
    let covers = rows.iter().filter_map(cover_id).collect();
    let pictures = queries::pictures(db, covers).await?;
    let pictures: HashMap<Uuid, media_file::Model> =
        pictures.into_iter().map(|file| (file.id, file)).collect();
    let entries = rows.iter().map(|row| entry(app, row, &names, &pictures)).collect();
    Ok(Shelf { label, entries, next, changed_at })
}

/// Since when it has been as the public sees it; a draft beside it changes nothing.
fn shown_since(row: &article::Model) -> DateTime<Utc> {
    row.changed_at.unwrap_or(row.updated_at)
}

fn cover_id(row: &article::Model) -> Option<Uuid> {
    row.cover_key.as_deref().and_then(|key| key.parse().ok())
}

fn entry(
    app: &App,
    row: &article::Model,
    names: &HashMap<String, String>,
    pictures: &HashMap<Uuid, media_file::Model>,
) -> Entry {
    let base = app.config.base_url();
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
        html: readable(&with_whole_addresses(&row.body_html, &base)),
        category: (row.category_code.clone(), readable(name)),
        author: row.issuer.as_deref().map(readable),
        published: row.published_at.unwrap_or(row.created_at),
        updated: shown_since(row),
        picture,
    }
}
