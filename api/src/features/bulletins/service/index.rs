//! What bulletins are found by.

use std::collections::BTreeSet;

use entity::search_document::DocumentKind;
use uuid::Uuid;

use super::{Loaded, whole};
use crate::app::App;
use crate::features::bulletins::queries;
use crate::features::search::Document;
use crate::features::search::service as search;
use crate::platform::db::Tx;
use crate::platform::http::AppResult;

/// Enters what holds into the search index anew, beside the running service. Returns how many.
///
/// # Errors
/// The database cannot be written; what was done so far stays.
pub async fn reindex_bulletins(app: &App) -> AppResult<usize> {
    let next = async |tx: &Tx, after: Option<Uuid>, most: u64| {
        let mut documents = Vec::new();
        for row in queries::next_in_force(tx, after, most).await? {
            documents.push(document(&whole(tx, row).await?));
        }
        Ok(documents)
    };
    search::enter_all(app, DocumentKind::Bulletin, next).await
}

/// What it is found by: its products stand where the tags of an article stand.
pub(super) fn document(bulletin: &Loaded) -> Document {
    let Loaded { row, products, .. } = bulletin;
    let tags = products.iter().flat_map(|one| {
        [Some(&one.name), one.brand.as_ref(), one.manufacturer.as_ref()].into_iter().flatten()
    });
    let texts = [Some(&row.summary), row.hazard.as_ref(), row.harm.as_ref(), row.measures.as_ref()];
    let signs = [row.number.as_ref(), row.source_document.as_ref(), Some(&row.issuing_authority)];
    let body: Vec<&str> = texts.into_iter().chain(signs).flatten().map(String::as_str).collect();
    let mut classes = products.iter().map(|one| one.product_class);
    let first = classes.next();
    Document {
        kind: DocumentKind::Bulletin,
        id: row.id,
        title: row.title.clone(),
        tags: tags.cloned().collect::<BTreeSet<_>>().into_iter().collect(),
        body: body.join("\n"),
        category: None,
        // Only of one class, if it is of one.
        product_class: first
            .filter(|first| classes.all(|class| class == *first))
            .map(|class| class.as_str()),
        region_code: row.region_code.clone(),
        audiences: Vec::new(),
        published_at: row.published_at.unwrap_or(row.created_at),
    }
}
