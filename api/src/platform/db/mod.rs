//! The database. Reads go through [`Db`], writes only through [`Tx`].
//!
//! 1. A write transaction on SQLite is `BEGIN IMMEDIATE` and waits its turn in one fair queue, so
//!    that no writer meets "database is locked".
//! 2. `Tx` commits the change together with the jobs and audit entries it causes.
//! 3. Dropping a `Tx` rolls back.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

mod batch;
mod connect;
mod error;
mod migrate;
mod page;
mod tx;

pub use batch::{in_parts, kept_length, padded, write_at_once};
pub use connect::connect;
pub use error::{is_unavailable, unique_violation};
pub use migrate::{is_migrated, migrate};
pub use page::{Cursor, Direction, PAGE_LIMIT_MAX, Page, PageQuery, page_of};
pub use tx::{Access, AuditActor, RequestOrigin, Tx, TxOrigin};

/// The connection pool. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pool: DatabaseConnection,
    /// Connections that look up rows by keys alone; SQLite has no others.
    by_key: DatabaseConnection,
    /// SQLite has one writer; waiting here is fair, waiting in SQLite is polling.
    writer: Option<Arc<Semaphore>>,
}

impl Db {
    #[must_use]
    pub fn new(pool: DatabaseConnection, by_key: DatabaseConnection) -> Self {
        let is_sqlite = pool.get_database_backend() == DbBackend::Sqlite;
        Self { pool, by_key, writer: is_sqlite.then(|| Arc::new(Semaphore::new(1))) }
    }

    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    /// The bare pool, for migrations and for the queue's own short statements.
    #[must_use]
    pub fn pool(&self) -> &DatabaseConnection {
        &self.pool
    }

    /// Answers within the acquire time-out or says why not.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.pool.ping().await
    }

    /// Waits for the turn to write on SQLite; at once on PostgreSQL.
    pub(super) async fn writer_turn(&self) -> Option<OwnedSemaphorePermit> {
        match &self.writer {
            // The semaphore is never closed.
            Some(writer) => Arc::clone(writer).acquire_owned().await.ok(),
            None => None,
        }
    }

    /// # Errors
    /// Closing the pool failed.
    pub async fn close(&self) -> Result<(), DbErr> {
        self.by_key.close_by_ref().await?;
        self.pool.close_by_ref().await
    }
}

/// Reads outside a transaction.
#[async_trait::async_trait]
impl ConnectionTrait for Db {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        self.pool.execute_raw(stmt).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.pool.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.pool.query_one_raw(stmt).await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.pool.query_all_raw(stmt).await
    }
}
