//! Opens the pool. SQLite's settings belong to each connection, so they are connect options and
//! not a PRAGMA on the pool, which would reach one connection of many.

use std::time::Duration;

use log::LevelFilter;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DbBackend, DbErr};

use super::Db;
use crate::platform::config;

/// How long a writer of another process may hold the SQLite lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Prepared statements that a connection keeps: all we have, with those of many rows in each of
/// their lengths (`in_parts`).
const STATEMENTS: usize = 500;
/// How PostgreSQL plans for us, whatever the server is set to: what is asked for often is in memory, so
/// that looking up a row by its key is no dearer than reading on (by its default it reads all slots of
/// a small lab for each foreign key); and nothing runs so long that compiling it pays.
const PLANNING: [(&str, &str); 2] = [("random_page_cost", "1.1"), ("jit", "off")];
/// Where rows are found by keys alone, many at once: planned once for all, and never reading a whole
/// table, nor keeping what it read of one to compare it with each row of another, however small it was
/// when it was planned. By itself PostgreSQL would plan such lists anew for
/// every statement, which takes longer than to look them up.
const BY_KEY: [(&str, &str); 5] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("enable_material", "off"),
];
/// Connections for them, beyond those of the pool: two at work, and one while another is given back. So
/// few soon know all plans.
const CONNECTIONS_BY_KEY: u32 = 3;

/// # Errors
/// The folder cannot be made, or the database cannot be reached.
pub async fn connect(settings: &config::Database) -> Result<Db, DbErr> {
    let url = settings.url.expose();
    if let Some(path) = url.strip_prefix("sqlite://") {
        let path = path.split('?').next().unwrap_or(path);
        if let Some(folder) = std::path::Path::new(path).parent() {
            std::fs::create_dir_all(folder)
                .map_err(|cause| DbErr::Custom(format!("{}: {cause}", folder.display())))?;
        }
    }
    let pool = Database::connect(options(settings)).await?;
    let by_key = match pool.get_database_backend() {
        DbBackend::Postgres => {
            let mut options = options(settings);
            options
                .max_connections(CONNECTIONS_BY_KEY)
                .connect_lazy(true)
                .map_sqlx_postgres_opts(|options| configured(options).options(BY_KEY));
            Database::connect(options).await?
        }
        _ => pool.clone(),
    };
    Ok(Db::new(pool, by_key))
}

fn options(settings: &config::Database) -> ConnectOptions {
    let url = settings.url.expose();
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(settings.max_connections)
        .acquire_timeout(Duration::from_millis(settings.acquire_timeout_ms))
        .connect_timeout(Duration::from_millis(settings.acquire_timeout_ms))
        .idle_timeout(Duration::from_secs(300))
        // A connection that lay idle may have died with its server; a busy one is not asked.
        .test_before_acquire_if_idle_for(Duration::from_secs(1))
        .sqlx_logging_level(LevelFilter::Trace)
        .sqlx_slow_statements_logging_settings(LevelFilter::Warn, Duration::from_secs(1))
        .map_sqlx_sqlite_opts(|options| {
            options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                // What a citizen was told is stored survives a power cut.
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(BUSY_TIMEOUT)
                .statement_cache_capacity(STATEMENTS)
        })
        .map_sqlx_postgres_opts(configured);
    if settings.statement_timeout_ms > 0 && url.starts_with("postgres") {
        options.statement_timeout(Duration::from_millis(settings.statement_timeout_ms));
    }
    options
}

fn configured(options: PgConnectOptions) -> PgConnectOptions {
    options.statement_cache_capacity(STATEMENTS).options(PLANNING)
}
