//! The erasure of an account, table by table of the inventory. Every step is a small transaction that
//! finds its rows by whose they are, so that a run which was killed is simply begun again.

use chrono::{DateTime, TimeDelta, Utc};
use entity::account::{self, AccountStatus};
use entity::account_deletion::{self, DeletionStatus};
use entity::login_session::RevocationReason;
use entity::restricted_record;
use sea_orm::{IntoActiveModel as _, Set, Value};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::BATCH;
use super::record::for_vault;
use crate::app::App;
use crate::features::appointments::service::release_places;
use crate::features::classes::service::leave_classes;
use crate::features::minors::service::leave_wards;
use crate::features::personal_data::model::{
    Erase, Outcome, Restriction, Table, erase_order, inventory,
};
use crate::features::personal_data::queries::{self, Row};
use crate::platform::auth::{Subject, revoke_all};
use crate::platform::consent::lock_account;
use crate::platform::crypto::column;
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppError, AppResult};

/// Purpose of a record in the vault.
pub(super) const CONTENT: &str = column::RESTRICTED_CONTENT.purpose;
/// Records that are opened, sealed and moved in one transaction.
const VAULT_BATCH: u64 = 20;

/// Whose rows are erased, and under which name the rest is kept.
#[derive(Clone, Copy)]
pub(super) struct Leaver {
    pub deletion_id: Uuid,
    pub subject: Uuid,
    pub pseudonym: Uuid,
}

/// Erases an account whose cooling-off period is over. Cancelled or erased already, it is left alone.
///
/// # Errors
/// Database or storage cannot be reached; the next run goes on.
pub async fn erase_account(app: &App, deletion_id: Uuid) -> AppResult<()> {
    let Some(leaver) = begin(app, deletion_id).await? else { return Ok(()) };
    release_places(app, leaver.subject, None).await?;
    leave_wards(app, leaver.subject).await?;
    leave_classes(app, leaver.subject).await?;
    for table in erase_order() {
        clear(app, leaver, table).await?;
    }
    forget_as_actor(app, leaver).await?;
    finish(app, leaver).await
}

/// The point of no return: from here on the account is deleted, its sessions are over, and nobody can
/// cancel.
async fn begin(app: &App, deletion_id: Uuid) -> AppResult<Option<Leaver>> {
    let Some(row) = queries::deletion(&app.db, deletion_id).await? else { return Ok(None) };
    let Some(subject) = row.account_id else { return Ok(None) };
    let tx = app.begin(AuditActor::System).await?;
    lock_account(&tx, subject).await?;
    let row = queries::locked_deletion(&tx, deletion_id).await?;
    let Some(row) = row.filter(|row| row.account_id == Some(subject)) else { return Ok(None) };
    match (row.status, row.subject_id) {
        (DeletionStatus::Erasing, Some(pseudonym)) => {
            Ok(Some(Leaver { deletion_id, subject, pseudonym }))
        }
        (DeletionStatus::Scheduled, _) if row.closes_at <= tx.now() => {
            let pseudonym = app.ids.random_id();
            let mut change = row.into_active_model();
            change.status = Set(DeletionStatus::Erasing);
            change.subject_id = Set(Some(pseudonym));
            queries::update_deletion(&tx, change).await?;
            queries::set_standing(&tx, subject, AccountStatus::Deleted, true, tx.now()).await?;
            revoke_all(&tx, subject, RevocationReason::AccountClosed, tx.now()).await?;
            tx.commit().await?;
            app.principals.forget(Subject::Resident(subject));
            Ok(Some(Leaver { deletion_id, subject, pseudonym }))
        }
        _ => Ok(None),
    }
}

/// Does to the person's rows of one table what the inventory says.
pub(super) async fn clear(app: &App, leaver: Leaver, table: &'static Table) -> AppResult<()> {
    match &table.erase {
        Erase::Delete => delete(app, leaver, table).await,
        Erase::Restrict(restriction) => {
            while restrict(app, leaver, table, restriction).await? {}
            leave_open(app, leaver, table).await
        }
        // At the very end; with its parent; never.
        Erase::Anonymise(_) | Erase::WithParent | Erase::Keep(_) => Ok(()),
    }
}

async fn delete(app: &App, leaver: Leaver, table: &'static Table) -> AppResult<()> {
    loop {
        let mut files = Vec::new();
        if let Some(column) = table.file {
            files = queries::files(&app.db, table, column, leaver.subject, BATCH).await?;
            for file in &files {
                // A copy is a folder, an upload one file.
                if file.ends_with('/') {
                    app.storage.delete_folder(file).await?;
                } else {
                    app.storage.delete(file).await?;
                }
            }
        }
        let (tx, mut outcome) = step(app, leaver).await?;
        let rows = queries::delete_batch(&tx, table, leaver.subject, &files, BATCH).await?;
        outcome.count_deleted(table, rows);
        record(tx, leaver, &outcome).await?;
        if rows == 0 {
            return Ok(());
        }
    }
}

/// A transaction of this erasure, and what it has done so far. Two runs take turns here.
async fn step(app: &App, leaver: Leaver) -> AppResult<(Tx, Outcome)> {
    let tx = app.begin(AuditActor::System).await?;
    let row = queries::locked_deletion(&tx, leaver.deletion_id).await?;
    let row = row.ok_or_else(|| AppError::internal("an erasure lost its wish"))?;
    let outcome = serde_json::from_value(row.outcome).map_err(AppError::internal)?;
    Ok((tx, outcome))
}

async fn record(tx: Tx, leaver: Leaver, outcome: &Outcome) -> AppResult<()> {
    let outcome = serde_json::to_value(outcome).map_err(AppError::internal)?;
    queries::store_outcome(&tx, leaver.deletion_id, outcome).await?;
    Ok(tx.commit().await?)
}

fn period(app: &App, restriction: &Restriction) -> TimeDelta {
    TimeDelta::days(i64::from((restriction.period)(&app.config.privacy)))
}

/// Moves some ended rows into the vault, each with what belongs to it. Says whether there were any.
async fn restrict(
    app: &App,
    leaver: Leaver,
    table: &'static Table,
    restriction: &Restriction,
) -> AppResult<bool> {
    let (tx, mut outcome) = step(app, leaver).await?;
    let (period, subject) = (period(app, restriction), leaver.subject);
    let stale = tx.now() - period;
    let rows = queries::ended(&tx, table, restriction, subject, stale, VAULT_BATCH).await?;
    for row in &rows {
        let id = id_of(row)?;
        let content = pack(app, &tx, table, row, subject).await?;
        let record = restricted_record::ActiveModel {
            id: Set(tx.new_id()),
            subject_id: Set(leaver.pseudonym),
            kind: Set(table.name.to_owned()),
            row_id: Set(text(id)),
            law: Set(restriction.law.to_owned()),
            content_cipher: Set(app.cipher.seal(CONTENT, content.to_string().as_bytes())?),
            restricted_at: Set(tx.now()),
            keep_until: Set(instant(row, restriction.since)? + period),
        };
        queries::insert_restricted(&tx, record).await?;
        for (child, column) in table.children() {
            queries::delete_where(&tx, child, column, id).await?;
        }
        queries::delete_where(&tx, table, "id", id).await?;
    }
    outcome.count_restricted(table, restriction, rows.len() as u64);
    record(tx, leaver, &outcome).await?;
    Ok(!rows.is_empty())
}

/// A row and what belongs to it as one document.
async fn pack(
    app: &App,
    tx: &Tx,
    table: &'static Table,
    row: &Row,
    subject: Uuid,
) -> AppResult<Json> {
    let id = id_of(row)?;
    let mut parts = Map::new();
    parts.insert(table.name.to_owned(), Json::Object(for_vault(app, table, row, subject)?));
    for (child, column) in table.children() {
        let rows = queries::children(tx, child, column, id).await?;
        let list = rows.iter().map(|row| Ok(Json::Object(for_vault(app, child, row, subject)?)));
        parts.insert(child.name.to_owned(), list.collect::<AppResult<_>>()?);
    }
    Ok(Json::Object(parts))
}

fn id_of(row: &Row) -> AppResult<&Value> {
    row.get("id").ok_or_else(|| AppError::internal("a record without an id"))
}

fn text(id: &Value) -> String {
    match id {
        Value::Uuid(Some(id)) => id.to_string(),
        other => other.to_string(),
    }
}

fn instant(row: &Row, column: &str) -> AppResult<DateTime<Utc>> {
    match row.get(column) {
        Some(Value::ChronoDateTimeUtc(Some(at))) => Ok(*at),
        _ => Err(AppError::internal(format!("a record without {column}"))),
    }
}

/// What is still being handled stays where it is, under the pseudonym.
async fn leave_open(app: &App, leaver: Leaver, table: &'static Table) -> AppResult<()> {
    let (tx, mut outcome) = step(app, leaver).await?;
    let open = queries::count(&tx, table, leaver.subject).await?;
    if open > 0 && leaver.subject != leaver.pseudonym {
        let placeholder = account::ActiveModel {
            id: Set(leaver.pseudonym),
            status: Set(AccountStatus::Deleted),
            epoch: Set(0),
            created_at: Set(tx.now()),
            updated_at: Set(tx.now()),
            version: Set(0),
            ..account::ActiveModel::default()
        };
        queries::insert_placeholder(&tx, placeholder).await?;
        for column in table.owner_columns() {
            queries::rename(&tx, table, column, leaver.subject, leaver.pseudonym).await?;
        }
    }
    if open > 0 || leaver.subject == leaver.pseudonym {
        outcome.set_open(table, open);
    }
    record(tx, leaver, &outcome).await
}

/// Where rows of others name the person as the one who acted, a pseudonym acted.
async fn forget_as_actor(app: &App, leaver: Leaver) -> AppResult<()> {
    for table in inventory() {
        for column in table.actors {
            let tx = app.begin(AuditActor::System).await?;
            queries::rename(&tx, table, column, leaver.subject, leaver.pseudonym).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

/// The last transaction: the account is gone, and the wish becomes the certificate.
async fn finish(app: &App, leaver: Leaver) -> AppResult<()> {
    let tx = app.begin(AuditActor::System).await?;
    lock_account(&tx, leaver.subject).await?;
    let row = queries::locked_deletion(&tx, leaver.deletion_id).await?;
    let Some(row) = row.filter(|row| row.status == DeletionStatus::Erasing) else { return Ok(()) };
    let outcome: Outcome =
        serde_json::from_value(row.outcome.clone()).map_err(AppError::internal)?;
    for table in inventory() {
        if let Erase::Anonymise(columns) = table.erase {
            queries::anonymise(&tx, table, leaver.subject, columns).await?;
        }
    }
    // What another table still says of the account keeps it here, and the job tries again.
    queries::delete_account(&tx, leaver.subject).await?;
    let change = account_deletion::ActiveModel {
        id: Set(row.id),
        account_id: Set(None),
        status: Set(DeletionStatus::Erased),
        erased_at: Set(Some(tx.now())),
        has_open_cases: Set(!outcome.open.is_empty()),
        ..account_deletion::ActiveModel::default()
    };
    queries::update_deletion(&tx, change).await?;
    let details = json!({ "deleted": outcome.deleted, "open": outcome.open });
    tx.audit("account.erase", "account_deletion", row.id, Some(details)).await?;
    Ok(tx.commit().await?)
}

/// Goes on with the cases that were open when their person left: what has ended meanwhile is moved
/// into the vault, and with the last one goes the placeholder.
pub(super) async fn settle_remainder(app: &App, leaver: Leaver) -> AppResult<()> {
    for table in erase_order() {
        clear(app, leaver, table).await?;
    }
    let (tx, outcome) = step(app, leaver).await?;
    if outcome.open.is_empty() {
        queries::delete_account(&tx, leaver.subject).await?;
        let change = account_deletion::ActiveModel {
            id: Set(leaver.deletion_id),
            has_open_cases: Set(false),
            ..account_deletion::ActiveModel::default()
        };
        queries::update_deletion(&tx, change).await?;
    }
    Ok(tx.commit().await?)
}
