//! Removes what is older than the retention, from the start of the chain only.

use chrono::{DateTime, TimeDelta, Utc};
use entity::audit_entry;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::chain::{Link, Walk};
use super::seal::{entries_after, locked_chain, sign_and_save};
use crate::app::App;
use crate::platform::db::AuditActor;
use crate::platform::http::{AppError, AppResult};

const BATCH: u64 = 500;

/// Removes the longest beginning of the chain of which every entry is older than
/// `audit.retention_days`. Returns how many entries that were.
///
/// # Errors
/// The database cannot be written, or what would be removed is damaged: then it stays as evidence.
pub async fn prune(app: &App) -> AppResult<u64> {
    let days = TimeDelta::days(i64::from(app.config.audit.retention_days));
    let before = app.clock.now() - days;
    let mut removed = 0;
    loop {
        let batch = prune_batch(app, before).await?;
        removed += batch;
        if batch < BATCH {
            return Ok(removed);
        }
    }
}

async fn prune_batch(app: &App, before: DateTime<Utc>) -> AppResult<u64> {
    let old = |entries: Vec<audit_entry::Model>| -> Vec<audit_entry::Model> {
        entries.into_iter().take_while(|entry| entry.at < before).collect()
    };
    // A read, so that most calls take no lock.
    if old(entries_after(&app.db, None, 1).await?).is_empty() {
        return Ok(0);
    }
    let tx = app.begin(AuditActor::System).await?;
    let mut chain = locked_chain(&tx, app).await?;
    let entries = old(entries_after(&tx, None, BATCH).await?);
    let mut walk = Walk::from(&app.audit, Link::start(&chain));
    for entry in &entries {
        walk.step(entry).map_err(AppError::internal)?;
    }
    let Link { seq, value } = walk.last;
    if seq == chain.start_seq {
        return Ok(0);
    }
    // The start moves first: the database lets nothing go that the chain has not passed.
    (chain.start_seq, chain.start_link) = (seq, value);
    sign_and_save(&tx, app, chain).await?;
    let done = audit_entry::Entity::delete_many()
        .filter(audit_entry::Column::Seq.lte(seq))
        .exec(&tx)
        .await?;
    let details = serde_json::json!({ "through": seq, "entries": done.rows_affected });
    tx.audit("audit.prune", "audit_chain", seq, Some(details)).await?;
    tx.commit().await?;
    tracing::info!(
        entries = done.rows_affected,
        through = seq,
        "audit entries removed with their time"
    );
    Ok(done.rows_affected)
}
