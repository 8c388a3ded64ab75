//! What published answers are found by.

use entity::faq::Model;
use entity::search_document::DocumentKind;
use uuid::Uuid;

use crate::app::App;
use crate::features::questions::queries;
use crate::features::search::Document;
use crate::features::search::service as search;
use crate::platform::db::AuditActor;
use crate::platform::http::AppResult;

/// Answers in one transaction.
const BATCH: u64 = 100;

/// Enters what is published into the search index anew, beside the running service. Returns how many.
///
/// # Errors
/// The database cannot be written; what was done so far stays.
pub async fn reindex_faqs(app: &App) -> AppResult<usize> {
    let (mut after, mut entered): (Option<Uuid>, _) = (None, 0);
    loop {
        let tx = app.begin(AuditActor::System).await?;
        let rows = queries::next_published(&tx, after, BATCH).await?;
        after = rows.last().map(|row| row.id);
        entered += rows.len();
        for row in &rows {
            search::put(&tx, document(row)).await?;
        }
        tx.commit().await?;
        if after.is_none() {
            return Ok(entered);
        }
    }
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
