//! Following the code of a poster. Many do at the same moment, in front of one poster: who comes
//! while somebody is being counted is counted with all others who do, in one transaction.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::app::App;
use crate::features::readers::model::code;
use crate::features::readers::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::local_date;
use crate::platform::coalesce::{Baton, Coalescer, Turn};
use crate::platform::db::AuditActor;
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// More than these wait for the next transaction.
const MOST: usize = 256;
/// So many transactions at once; a poster belongs to one line.
const LINES: u128 = 2;

type Hit = (Uuid, NaiveDate);

/// Who waits to be counted; the answer is whether it was done.
#[derive(Debug)]
struct HitLines(Coalescer<u128, Hit, bool>);

impl Default for HitLines {
    fn default() -> Self {
        Self(Coalescer::new(MOST))
    }
}

/// Says where to go, and counts it if `is_visit`.
///
/// # Errors
/// `not_found` for a code we never gave, or whose article was never published.
pub async fn follow_poster(
    ctx: &Ctx<perm::Public>,
    text: &str,
    is_visit: bool,
) -> AppResult<String> {
    let not_found = || AppError::new(ErrorCode::NotFound);
    let code = code(text).ok_or_else(not_found)?;
    let target = queries::target(&ctx.app.db, &code).await?.ok_or_else(not_found)?;
    if is_visit && target.closed_at.is_none() {
        count_hit(&ctx.app, (target.poster_id, local_date(ctx.now))).await?;
    }
    // Nothing in it comes from who asks.
    Ok(ctx.app.config.article_url(target.article_id))
}

async fn count_hit(app: &App, hit: Hit) -> AppResult<()> {
    let lines = app.shared.get::<HitLines>();
    let worker = app.clone();
    let together = move |_, hits, baton| count_together(worker.clone(), hits, baton);
    match lines.0.enter(&app.runtime, hit.0.as_u128() % LINES, || hit, together).await {
        Turn::Alone(lead) => {
            let counted = count(app, &[hit]).await;
            drop(lead);
            counted
        }
        Turn::Done(true) => Ok(()),
        // Nothing was written: alone it fails by itself, or does not.
        Turn::Done(false) => count(app, &[hit]).await,
        Turn::Lost => Err(ErrorCode::Unavailable.into()),
    }
}

async fn count_together(app: App, hits: Vec<Hit>, _until_done: Baton) -> Vec<bool> {
    let counted = count(&app, &hits).await;
    if let Err(cause) = &counted {
        tracing::warn!(?cause, waiting = hits.len(), "hits of posters are not counted together");
    }
    vec![counted.is_ok(); hits.len()]
}

async fn count(app: &App, hits: &[Hit]) -> AppResult<()> {
    let mut sums = BTreeMap::new();
    for hit in hits {
        *sums.entry(*hit).or_default() += 1;
    }
    let tx = app.begin(AuditActor::System).await?;
    queries::add_hits(&tx, sums).await?;
    Ok(tx.commit().await?)
}
