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

/// Articles in one transaction.
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

/// One transaction's worth: enters the next articles and takes out what is published no more. Returns
/// how many were entered.
async fn reindex_batch(app: &App, after: Option<Uuid>) -> AppResult<(usize, Walk)> {
    let tx = app.begin(AuditActor::System).await?;
    let rows = queries::next_articles(&tx, after, BATCH).await?;
    let last = (rows.len() as u64 == BATCH).then(|| rows.last().map(|row| row.id)).flatten();
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let gone = queries::missing_from(&tx, (after, last), &ids).await?;
    queries::remove_all(&tx, &gone).await?;
    for row in &rows {
        put(&tx, Document::from(row)).await?;
    }
    tx.commit().await?;
    Ok((rows.len(), last.map_or(Walk::Done, Walk::After)))
}

/// Builds the index of articles anew, here and now, a hundred at a time, beside the running service.
/// What bulletins and questions entered stays; they have commands of their own. `tell` hears how many are done.
///
/// # Errors
/// The database cannot be written; what was done so far stays.
pub async fn reindex(app: &App, mut tell: impl FnMut(usize)) -> AppResult<()> {
    let (mut after, mut done) = (None, 0);
    loop {
        let (count, walk) = reindex_batch(app, after).await?;
        done += count;
        tell(done);
        match walk {
            Walk::After(id) => after = Some(id),
            Walk::Done => return Ok(()),
        }
    }
}

/// The same by a worker, who goes on in another job when that was not enough.
///
/// # Errors
/// As [`reindex`].
pub async fn go_on_reindexing(app: &App, mut after: Option<Uuid>) -> AppResult<()> {
    for _ in 0..BATCHES {
        match reindex_batch(app, after).await?.1 {
            Walk::After(id) => after = Some(id),
            Walk::Done => return Ok(()),
        }
    }
    let mut tx = app.begin(AuditActor::System).await?;
    tx.enqueue(&Reindex { after }, Schedule::now()).await?;
    Ok(tx.commit().await?)
}
