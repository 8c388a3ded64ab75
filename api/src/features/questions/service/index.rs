//! What published answers are found by.

use entity::faq::Model;
use entity::search_document::DocumentKind;
use uuid::Uuid;

use crate::app::App;
use crate::features::questions::queries;
use crate::features::search::Document;
use crate::features::search::service as search;
use crate::platform::db::Tx;
use crate::platform::http::AppResult;

/// Enters what is published into the search index anew, beside the running service. Returns how many.
///
/// # Errors
/// The database cannot be written; what was done so far stays.
pub async fn reindex_faqs(app: &App) -> AppResult<usize> {
    let next = async |tx: &Tx, after: Option<Uuid>, most: u64| {
        let rows = queries::next_published(tx, after, most).await?;
        Ok(rows.iter().map(document).collect())
    };
    search::enter_all(app, DocumentKind::Question, next).await
}

pub(super) fn document(row: &Model) -> Document {
    Document {
        kind: DocumentKind::Question,
        id: row.id,
        title: row.title.clone(),
        tags: Vec::new(),
        body: format!("{}\n{}", row.question, row.answer),
        category: None,
        product_class: Some(row.product_class.as_str()),
        region_code: None,
        audiences: Vec::new(),
        published_at: row.published_at,
    }
}
