use entity::article::{self, ArticleStatus};
use entity::search_document::DocumentKind;
use uuid::Uuid;

use crate::app::App;
use crate::features::search::jobs::Reindex;
use crate::features::search::model::{Document, Indexed};
use crate::features::search::queries;
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::AppResult;
use crate::platform::jobs::Schedule;

/// Documents in one transaction.
const BATCH: u64 = 100;
/// Batches in one run of the job, which is to end within minutes.
const BATCHES: usize = 50;

/// Has a document found from the commit on, as it is now.
///
/// # Errors
/// The rows cannot be written.
pub async fn put(tx: &Tx, document: Document) -> AppResult<()> {
    Ok(queries::put(tx, Indexed::of(document)).await?)
}

/// Has a document found no more. It need not be there.
///
/// # Errors
/// The rows cannot be written.
pub async fn remove(tx: &Tx, kind: DocumentKind, id: Uuid) -> AppResult<()> {
    Ok(queries::remove(tx, kind, id).await?)
}

/// Has an article found while it is published, as it is.
///
/// # Errors
/// The rows cannot be written.
pub async fn article_changed(tx: &Tx, row: &article::Model) -> AppResult<()> {
    if row.status == ArticleStatus::Published {
        put(tx, Document::from(row)).await
    } else {
        remove(tx, DocumentKind::Article, row.id).await
    }
}

/// How far a walk through what is published has come.
enum Walk {
    After(Uuid),
    Done,
}

/// One transaction's worth: enters the next documents and takes out what is published no more. Returns
/// how many were entered.
async fn enter_batch(
    app: &App,
    kind: DocumentKind,
    after: Option<Uuid>,
    next: &impl AsyncFn(&Tx, Option<Uuid>, u64) -> AppResult<Vec<Document>>,
) -> AppResult<(usize, Walk)> {
    let tx = app.begin(AuditActor::System).await?;
    let documents = next(&tx, after, BATCH).await?;
    let count = documents.len();
    let ids: Vec<Uuid> = documents.iter().map(|document| document.id).collect();
    let last = (count as u64 == BATCH).then(|| ids.last().copied()).flatten();
    let gone = queries::missing_from(&tx, kind, (after, last), &ids).await?;
    queries::remove_all(&tx, &gone).await?;
    for document in documents {
        put(&tx, document).await?;
    }
    tx.commit().await?;
    Ok((count, last.map_or(Walk::Done, Walk::After)))
}

/// Enters what is published of one kind anew, a hundred at a time, beside the running service, and
/// takes out what is published no more. `next` gives so many documents after an id, by their ids, and
/// locks what they are of: who takes one back meanwhile waits, and takes it out afterwards. Returns
/// how many were entered.
///
/// # Errors
/// The database cannot be written; what was done so far stays.
pub async fn enter_all(
    app: &App,
    kind: DocumentKind,
    next: impl AsyncFn(&Tx, Option<Uuid>, u64) -> AppResult<Vec<Document>>,
) -> AppResult<usize> {
    let (mut after, mut entered) = (None, 0);
    loop {
        let (count, walk) = enter_batch(app, kind, after, &next).await?;
        entered += count;
        match walk {
            Walk::After(id) => after = Some(id),
            Walk::Done => return Ok(entered),
        }
    }
}

async fn next_articles(tx: &Tx, after: Option<Uuid>, most: u64) -> AppResult<Vec<Document>> {
    let rows = queries::next_articles(tx, after, most).await?;
    Ok(rows.iter().map(Document::from).collect())
}

/// Enters the published articles anew, here and now. Returns how many.
///
/// # Errors
/// As [`enter_all`].
pub async fn reindex_articles(app: &App) -> AppResult<usize> {
    enter_all(app, DocumentKind::Article, next_articles).await
}

/// The same by a worker, who goes on in another job when that was not enough.
///
/// # Errors
/// As [`enter_all`].
pub async fn go_on_reindexing(app: &App, mut after: Option<Uuid>) -> AppResult<()> {
    for _ in 0..BATCHES {
        match enter_batch(app, DocumentKind::Article, after, &next_articles).await?.1 {
            Walk::After(id) => after = Some(id),
            Walk::Done => return Ok(()),
        }
    }
    let mut tx = app.begin(AuditActor::System).await?;
    tx.enqueue(&Reindex { after }, Schedule::now()).await?;
    Ok(tx.commit().await?)
}
