use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::bulletin::{self, BulletinKind, BulletinStatus};
use entity::bulletin_product;
use uuid::Uuid;

use super::{PER_PAGE, Shelf, page, unknown_category};
use crate::app::App;
use crate::features::feeds::model::bulletin::{html, kind_name};
use crate::features::feeds::model::{Entry, excerpt, readable};
use crate::features::feeds::queries;
use crate::platform::db::Cursor;
use crate::platform::http::AppResult;

/// What holds and, as its tombstone, what was withdrawn: who was told of a danger is told that it is
/// none. A category is a kind.
pub(super) async fn shelf(
    app: &App,
    category: Option<&str>,
    cursor: Option<Cursor>,
) -> AppResult<Shelf> {
    let db = &app.db;
    let known = |code: &str| BulletinKind::all().find(|kind| kind.as_str() == code);
    let kind = category.map(|code| known(code).ok_or_else(unknown_category)).transpose()?;
    let changed_at = queries::last_bulletin_change(db).await?;
    let rows = queries::bulletins_changed_last(db, kind, cursor, PER_PAGE).await?;
    let (rows, next) = page(rows, |last| Cursor { at: updated(last), id: last.id });
    let mut products = HashMap::<Uuid, Vec<bulletin_product::Model>>::new();
    for product in queries::products(db, rows.iter().map(|row| row.id)).await? {
        products.entry(product.bulletin_id).or_default().push(product);
    }
    let none = Vec::new();
    let entries = rows.iter().map(|row| entry(app, row, products.get(&row.id).unwrap_or(&none)));
    let entries = entries.collect();
    Ok(Shelf { label: kind.map(kind_name).map(str::to_owned), entries, next, changed_at })
}

fn updated(row: &bulletin::Model) -> DateTime<Utc> {
    row.changed_at.unwrap_or(row.updated_at)
}

fn entry(app: &App, row: &bulletin::Model, products: &[bulletin_product::Model]) -> Entry {
    let is_withdrawn = row.status == BulletinStatus::Withdrawn;
    let (title, text) = if is_withdrawn {
        (format!("【已撤回】{}", row.title), row.change_note.as_deref().unwrap_or_default())
    } else {
        (row.title.clone(), row.summary.as_str())
    };
    Entry {
        id: row.id,
        url: app.config.bulletin_url(row.id),
        title: readable(&title),
        excerpt: excerpt(&readable(text)),
        html: readable(&html(row, products)),
        category: (row.kind.as_str(), kind_name(row.kind).to_owned()),
        author: Some(readable(&row.issuing_authority)),
        published: row.published_at.unwrap_or(row.created_at),
        updated: updated(row),
        picture: None,
    }
}
