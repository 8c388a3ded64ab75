//! Brings the schema up to date. Replicas that start together wait for the first.

use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx;
use sea_orm::{DbBackend, DbErr};

use super::Db;

/// Arbitrary, but the same for every replica: "sanjin" in ASCII.
const ADVISORY_LOCK: i64 = 0x7361_6e6a_696e;

/// # Errors
/// A migration failed; nothing of it was applied.
pub async fn migrate(db: &Db) -> Result<(), DbErr> {
    // An up-to-date schema is the usual start, and should not wait for a lock.
    if is_migrated(db).await? {
        return Ok(());
    }
    if db.backend() != DbBackend::Postgres {
        let _turn = db.writer_turn().await;
        return Migrator::up(db.pool(), None).await;
    }
    // The lock belongs to a session, hence a connection of its own.
    let mut lock = db
        .pool()
        .get_postgres_connection_pool()
        .acquire()
        .await
        .map_err(|cause| session(&cause))?;
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(ADVISORY_LOCK)
        .execute(&mut *lock)
        .await
        .map_err(|cause| session(&cause))?;
    let result = Migrator::up(db.pool(), None).await;
    sqlx::query("SELECT pg_advisory_unlock($1)")
        .bind(ADVISORY_LOCK)
        .execute(&mut *lock)
        .await
        .map_err(|cause| session(&cause))?;
    result
}

/// Whether every migration this binary knows has been applied.
///
/// # Errors
/// The database cannot be asked.
pub async fn is_migrated(db: &Db) -> Result<bool, DbErr> {
    match Migrator::get_applied_migrations(db.pool()).await {
        Ok(applied) => Ok(applied.len() >= Migrator::migrations().len()),
        // No table of migrations yet. A connection that is gone fails again on the way.
        Err(_) => db.ping().await.map(|()| false),
    }
}

fn session(cause: &sqlx::Error) -> DbErr {
    DbErr::Migration(format!("advisory lock: {cause}"))
}
