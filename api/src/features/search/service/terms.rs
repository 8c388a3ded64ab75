//! What people look for: counted in the process and written together, so that a rush of searches is
//! one small write in ten seconds, whatever is typed.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use entity::search_term;

use crate::app::App;
use crate::features::search::dto::{SearchMissFilter, SearchMissView};
use crate::features::search::model::looks_personal;
use crate::features::search::queries::{self, Term};
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{AuditActor, Page};
use crate::platform::http::AppResult;

const WRITTEN_EVERY: TimeDelta = TimeDelta::seconds(10);
/// Different terms between two writes; what comes beyond is not counted.
const MOST_WAITING: usize = 500;
/// Terms that are kept, and for how long after they were last searched.
const MOST_KEPT: u64 = 10_000;
const KEPT: TimeDelta = TimeDelta::days(180);

/// What was searched since the last write: how often, and whether it was found.
#[derive(Default)]
struct Waiting(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    terms: BTreeMap<String, (i64, bool)>,
    since: Option<DateTime<Utc>>,
}

/// Counts one search: as it was typed, and in one spelling. An answer from the cache is not counted
/// again: the numbers are rough.
pub(super) fn count(app: &App, typed: &str, term: &str, is_found: bool) {
    if looks_personal(typed) {
        return;
    }
    let waiting = app.shared.get::<Waiting>();
    let mut counts = waiting.0.lock().unwrap_or_else(PoisonError::into_inner);
    counts.since.get_or_insert_with(|| app.clock.now());
    if counts.terms.len() < MOST_WAITING || counts.terms.contains_key(term) {
        let known = counts.terms.entry(term.to_owned()).or_default();
        *known = (known.0 + 1, is_found);
    }
}

/// Writes what was counted, if that is some time ago. Whoever asks next waits for it, and gets their
/// answer also when it cannot be written.
pub(super) async fn write_when_due(app: &App) {
    if let Err(error) = write(app).await {
        tracing::warn!(?error, "what was searched cannot be counted");
    }
}

async fn write(app: &App) -> AppResult<()> {
    let now = app.clock.now();
    let terms = {
        let waiting = app.shared.get::<Waiting>();
        let mut counts = waiting.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.since.is_none_or(|since| now < since + WRITTEN_EVERY) {
            return Ok(());
        }
        std::mem::take(&mut *counts).terms
    };
    let tx = app.begin(AuditActor::System).await?;
    let term = |(plain, (count, is_found))| Term { id: tx.new_id(), plain, count, is_found };
    queries::count_terms(&tx, terms.into_iter().map(term).collect(), now).await?;
    queries::trim_terms(&tx, now - KEPT, MOST_KEPT).await?;
    Ok(tx.commit().await?)
}

pub async fn list_search_misses(
    ctx: &Ctx<perm::SearchRead>,
    filter: SearchMissFilter,
) -> AppResult<Page<SearchMissView>> {
    let (cursor, limit) = filter.page().parse()?;
    let least = filter.least.unwrap_or(1);
    let rows = queries::misses_page(&ctx.app.db, least, cursor, limit).await?;
    let key = |row: &search_term::Model| (row.last_at, row.id);
    Ok(Page::build(rows, limit, key, SearchMissView::from))
}
