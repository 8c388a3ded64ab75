//! The write transaction: a change, the jobs it causes, the audit entry that tells of it, and the
//! idempotency key under which it was asked for, all or nothing.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::audit_entry::{self, ActorKind};
use entity::job::{self, JobStatus};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, ExecResult, QueryResult,
    Set, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use serde_json::Value;
use tokio::sync::{Notify, OwnedSemaphorePermit};
use uuid::Uuid;

use super::Db;
use crate::platform::ids::Ids;
use crate::platform::jobs::{Job, Schedule};

/// Who a change is attributed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditActor {
    Resident(Uuid),
    Staff(Uuid),
    System,
}

impl AuditActor {
    #[must_use]
    pub fn parts(self) -> (ActorKind, Option<Uuid>) {
        match self {
            Self::Resident(id) => (ActorKind::Resident, Some(id)),
            Self::Staff(id) => (ActorKind::Staff, Some(id)),
            Self::System => (ActorKind::System, None),
        }
    }
}

/// Where a transaction comes from: on whose behalf, in which request, at what time.
#[derive(Clone, Debug)]
pub struct TxOrigin {
    pub actor: AuditActor,
    pub request_id: Option<String>,
    pub now: DateTime<Utc>,
}

/// See the module. Implements `ConnectionTrait`, so every query runs on it as on the pool.
pub struct Tx {
    inner: DatabaseTransaction,
    /// After `inner`, so that the next writer's turn begins when this one is over.
    _turn: Option<OwnedSemaphorePermit>,
    origin: TxOrigin,
    ids: Ids,
    wake: Arc<Notify>,
    has_jobs: bool,
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Tx {
    /// # Errors
    /// The database cannot be reached.
    pub(crate) async fn begin(
        db: &Db,
        ids: &Ids,
        wake: &Arc<Notify>,
        origin: TxOrigin,
    ) -> Result<Self, DbErr> {
        let turn = db.writer_turn().await;
        #[expect(clippy::disallowed_methods, reason = "this is the one home of transactions")]
        let inner = db
            .pool()
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            })
            .await?;
        Ok(Self {
            inner,
            _turn: turn,
            origin,
            ids: ids.clone(),
            wake: Arc::clone(wake),
            has_jobs: false,
        })
    }

    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.origin.now
    }

    #[must_use]
    pub fn actor(&self) -> AuditActor {
        self.origin.actor
    }

    #[must_use]
    pub fn new_id(&self) -> Uuid {
        self.ids.id()
    }

    /// Asks for work after the commit. What carries a unique key is asked for once.
    ///
    /// # Errors
    /// The row cannot be written.
    pub async fn enqueue<J: Job>(&mut self, work: &J, schedule: Schedule) -> Result<(), DbErr> {
        let payload = serde_json::to_value(work).map_err(|cause| DbErr::Json(cause.to_string()))?;
        let run_at = schedule.run_at.unwrap_or(self.origin.now);
        let row = job::ActiveModel {
            id: Set(self.ids.id()),
            kind: Set(J::KIND.to_owned()),
            payload: Set(payload),
            unique_key: Set(schedule.unique_key),
            status: Set(JobStatus::Ready),
            run_at: Set(run_at),
            attempts: Set(0),
            max_attempts: Set(J::MAX_ATTEMPTS),
            lease_holder: Set(None),
            lease_until: Set(None),
            last_error: Set(None),
            created_at: Set(self.origin.now),
            finished_at: Set(None),
        };
        job::Entity::insert(row)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(&self.inner)
            .await?;
        // What lies ahead is found by polling.
        self.has_jobs |= run_at <= self.origin.now;
        Ok(())
    }

    /// Records who did what. `details` holds field names and codes, never a person's data.
    ///
    /// # Errors
    /// The row cannot be written.
    pub async fn audit(
        &self,
        action: &str,
        object_kind: &str,
        object_id: impl fmt::Display,
        details: Option<Value>,
    ) -> Result<(), DbErr> {
        let (actor_kind, actor_id) = self.origin.actor.parts();
        let row = audit_entry::ActiveModel {
            id: Set(self.ids.id()),
            at: Set(self.origin.now),
            actor_kind: Set(actor_kind),
            actor_id: Set(actor_id),
            action: Set(action.to_owned()),
            object_kind: Set(object_kind.to_owned()),
            object_id: Set(object_id.to_string()),
            request_id: Set(self.origin.request_id.clone()),
            details: Set(details),
        };
        audit_entry::Entity::insert(row).exec_without_returning(&self.inner).await?;
        Ok(())
    }

    /// # Errors
    /// The change did not become durable, as far as is known.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.inner.commit().await?;
        if self.has_jobs {
            self.wake.notify_one();
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        self.inner.execute_raw(stmt).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.inner.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.inner.query_one_raw(stmt).await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.inner.query_all_raw(stmt).await
    }
}
