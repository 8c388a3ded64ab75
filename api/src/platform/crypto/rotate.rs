//! Brings every encrypted field and blind index under the first key, batch by batch, beside running
//! writers.
//!
//! 1. A batch is one short transaction that also keeps the cursor: killed anywhere, it goes on there.
//! 2. Two that rotate the same field take turns at its row of progress and share the work.
//! 3. A row is written over exactly the bytes that were read, so a writer in between never loses.
//! 4. A field is done after a pass that left nothing; a row that was locked, or was written by a
//!    replica that still has the old settings, is found by another pass.

use chrono::{DateTime, Utc};
use entity::crypto_rotation::{Model, RotationStatus};

use super::rotate_queries::{self as queries, Heads, Stale};
use super::{CipherColumn, FIELDS, LONE_INDEXES};
use crate::app::App;
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppError, AppResult};

const BATCH: u64 = 200;

/// One field after one batch.
#[derive(Debug)]
pub struct Progress {
    pub field: String,
    pub status: RotationStatus,
    /// Rows written under the new keys so far.
    pub changed: i64,
    /// Rows of this pass that did not open: their key is gone, or they were tampered with.
    pub unreadable: i64,
}

/// What stands under which key.
#[derive(Debug)]
pub struct Status {
    pub fields: Vec<FieldStatus>,
    /// Hashes that cannot be written anew, and how many of them are under an old key.
    pub lone_indexes: Vec<(String, i64)>,
}

/// One encrypted column.
#[derive(Debug)]
pub struct FieldStatus {
    pub field: String,
    /// Id of each configured key, the first in front, and how many rows it holds.
    pub by_key: Vec<(String, i64)>,
    /// Rows under keys that are not configured.
    pub unknown: i64,
    /// Rows whose blind index is under an old key.
    pub stale_indexes: i64,
    pub rotation: Option<Progress>,
}

/// Rotates every field that is not under the first keys. Returns whether that came to an end within
/// `batches`.
///
/// # Errors
/// The database cannot be reached; what was done is kept.
pub async fn rotate(app: &App, batches: usize, mut seen: impl FnMut(&Progress)) -> AppResult<bool> {
    let mut left = batches;
    for field in FIELDS {
        // One that is blocked is tried again by the next call.
        let mut status = RotationStatus::Running;
        while status == RotationStatus::Running {
            if left == 0 {
                return Ok(false);
            }
            left -= 1;
            let Some(progress) = step(app, field).await? else { break };
            status = progress.status;
            seen(&progress);
        }
    }
    Ok(true)
}

/// Lets the next [`rotate`] walk every field from its start, also those that are done.
///
/// # Errors
/// The database cannot be written.
pub async fn start_rotation(tx: &Tx, app: &App) -> AppResult<()> {
    for field in FIELDS {
        let row = queries::locked_rotation(tx, field, tx.now()).await?;
        queries::save(tx, from_the_start(row, target(app, field), tx.now())).await?;
    }
    Ok(())
}

fn from_the_start(row: Model, target: String, now: DateTime<Utc>) -> Model {
    Model {
        target,
        status: RotationStatus::Running,
        cursor: None,
        changed: 0,
        changed_in_pass: 0,
        unreadable: 0,
        started_at: now,
        updated_at: now,
        ..row
    }
}

/// Names the keys that the rotation leads to.
fn target(app: &App, field: &CipherColumn) -> String {
    let mut heads = app.cipher.head();
    if field.index.is_some() {
        heads.extend(app.blind_index.head());
    }
    hex::encode(heads)
}

/// One batch. `None` when there is nothing to do.
async fn step(app: &App, field: &CipherColumn) -> AppResult<Option<Progress>> {
    let target = target(app, field);
    let known = queries::rotation(&app.db, field).await?;
    if known.is_some_and(|row| row.target == target && row.status == RotationStatus::Done) {
        return Ok(None);
    }
    let heads = Heads { field: app.cipher.head(), index: app.blind_index.head().to_vec() };
    let tx = app.begin(AuditActor::System).await?;
    let mut row = queries::locked_rotation(&tx, field, tx.now()).await?;
    if row.target != target {
        row = from_the_start(row, target, tx.now());
    } else if row.status == RotationStatus::Blocked {
        row = Model { cursor: None, unreadable: 0, status: RotationStatus::Running, ..row };
    }
    let cursor: Option<Vec<String>> = match &row.cursor {
        Some(text) => Some(serde_json::from_str(text).map_err(AppError::internal)?),
        None => None,
    };
    let batch = queries::stale_after(&tx, field, &heads, cursor.as_deref(), BATCH).await?;
    for stale in &batch {
        match reseal(app, field, stale) {
            Ok((sealed, index)) => {
                let is_ours = queries::exchange(&tx, field, stale, sealed, index).await?;
                row.changed += i64::from(is_ours);
                row.changed_in_pass += i64::from(is_ours);
            }
            Err(_unreadable) => row.unreadable += 1,
        }
    }
    row.updated_at = tx.now();
    let is_full = u64::try_from(batch.len()).is_ok_and(|length| length == BATCH);
    if let (true, Some(last)) = (is_full, batch.last()) {
        row.cursor = Some(serde_json::to_string(&last.key).map_err(AppError::internal)?);
    } else {
        row = end_of_pass(row, queries::is_any_stale(&tx, field, &heads).await?);
    }
    let progress = Progress::of(&row);
    queries::save(&tx, row).await?;
    tx.commit().await?;
    Ok(Some(progress))
}

fn end_of_pass(row: Model, is_any_left: bool) -> Model {
    let status = match (is_any_left, row.changed_in_pass) {
        (false, _) => RotationStatus::Done,
        (true, 0) => RotationStatus::Blocked,
        (true, _) => RotationStatus::Running,
    };
    let unreadable = if status == RotationStatus::Running { 0 } else { row.unreadable };
    Model { status, cursor: None, changed_in_pass: 0, unreadable, ..row }
}

type Resealed = (Vec<u8>, Option<Vec<u8>>);

fn reseal(app: &App, field: &CipherColumn, stale: &Stale) -> AppResult<Resealed> {
    let plain = app.cipher.open(field.purpose, &stale.sealed)?;
    let index = match field.index {
        Some(_) => {
            let text = std::str::from_utf8(&plain).map_err(AppError::internal)?;
            Some(app.blind_index.of(field.purpose, text))
        }
        None => None,
    };
    Ok((app.cipher.seal(field.purpose, &plain)?, index))
}

impl Progress {
    fn of(row: &Model) -> Self {
        Self {
            field: row.field.clone(),
            status: row.status,
            changed: row.changed,
            unreadable: row.unreadable,
        }
    }
}

/// Counts what stands under which key.
///
/// # Errors
/// The database cannot be read.
pub async fn status(app: &App) -> AppResult<Status> {
    let head = app.blind_index.head();
    let mut lone_indexes = Vec::with_capacity(LONE_INDEXES.len());
    for (table, column) in LONE_INDEXES {
        let total = queries::count(&app.db, table, column, None).await?;
        let fresh = queries::count(&app.db, table, column, Some(head)).await?;
        lone_indexes.push((format!("{table}.{column}"), total - fresh));
    }
    Ok(Status { fields: fields_status(app).await?, lone_indexes })
}

async fn fields_status(app: &App) -> AppResult<Vec<FieldStatus>> {
    let mut all = Vec::with_capacity(FIELDS.len());
    for field in FIELDS {
        let total = queries::count(&app.db, field.table, field.column, None).await?;
        let mut by_key = Vec::new();
        for (id, head) in app.cipher.heads() {
            let held = queries::count(&app.db, field.table, field.column, Some(&head)).await?;
            by_key.push((id, held));
        }
        let stale_indexes = match field.index {
            Some(index) => {
                let head = app.blind_index.head();
                total - queries::count(&app.db, field.table, index, Some(head)).await?
            }
            None => 0,
        };
        let known: i64 = by_key.iter().map(|(_, held)| held).sum();
        all.push(FieldStatus {
            field: field.name(),
            by_key,
            unknown: total - known,
            stale_indexes,
            rotation: queries::rotation(&app.db, field).await?.as_ref().map(Progress::of),
        });
    }
    Ok(all)
}
