//! The write transaction: a change, the jobs it causes, the audit entry that tells of it, and the
//! idempotency key under which it was asked for, all or nothing.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::audit_entry::{self, ActorKind, AuditOutcome, ClientKind};
use entity::job::{self, JobStatus};
use sea_orm::sea_query::{InsertStatement, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait,
    ExecResult, IntoActiveModel as _, QueryResult, QueryTrait as _, Set, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::{Notify, OwnedSemaphorePermit};
use uuid::Uuid;

use super::{Db, in_parts};
use crate::platform::audit::{AuditSigner, is_volatile};
use crate::platform::crypto::Disclosed;
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
    pub request: Option<RequestOrigin>,
    pub now: DateTime<Utc>,
}

/// How a transaction finds its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Any,
    /// By keys alone, many at once.
    ByKey,
}

/// What the audit trail keeps of a request.
#[derive(Clone, Debug)]
pub struct RequestOrigin {
    pub request_id: String,
    pub address: IpAddr,
    pub client: Option<ClientKind>,
    /// Once somebody is logged in.
    pub session_id: Option<Uuid>,
}

/// What an audit entry says beyond action and object.
#[derive(Debug, Default)]
struct Account {
    outcome: Option<AuditOutcome>,
    before: Option<Vec<u8>>,
    after: Option<Vec<u8>>,
    details: Option<Value>,
}

/// See the module. Implements `ConnectionTrait`, so every query runs on it as on the pool.
pub struct Tx {
    inner: DatabaseTransaction,
    /// After `inner`, so that the next writer's turn begins when this one is over.
    _turn: Option<OwnedSemaphorePermit>,
    origin: TxOrigin,
    audit: AuditSigner,
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
        access: Access,
        audit: &AuditSigner,
        ids: &Ids,
        wake: &Arc<Notify>,
        origin: TxOrigin,
    ) -> Result<Self, DbErr> {
        let turn = db.writer_turn().await;
        #[expect(clippy::disallowed_methods, reason = "this is the one home of transactions")]
        let inner = match access {
            Access::Any => &db.pool,
            Access::ByKey => &db.by_key,
        }
        .begin_with_options(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        })
        .await?;
        Ok(Self {
            inner,
            _turn: turn,
            origin,
            audit: audit.clone(),
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
    pub fn request_id(&self) -> Option<&str> {
        self.origin.request.as_ref().map(|request| request.request_id.as_str())
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
        self.enqueue_all([(work, schedule)]).await
    }

    /// As [`enqueue`](Self::enqueue), for several in one statement.
    ///
    /// # Errors
    /// As `enqueue`.
    pub async fn enqueue_all<'a, J: Job>(
        &mut self,
        jobs: impl IntoIterator<Item = (&'a J, Schedule)>,
    ) -> Result<(), DbErr> {
        for insert in self.inserts_of_jobs(jobs)? {
            self.inner.execute(&insert).await?;
        }
        Ok(())
    }

    /// What [`enqueue_all`](Self::enqueue_all) would do, for the caller to do with something else.
    ///
    /// # Errors
    /// A payload is not JSON.
    pub fn inserts_of_jobs<'a, J: Job>(
        &mut self,
        jobs: impl IntoIterator<Item = (&'a J, Schedule)>,
    ) -> Result<Vec<InsertStatement>, DbErr> {
        let now = self.origin.now;
        let row = |(work, schedule): (&J, Schedule)| {
            let payload =
                serde_json::to_value(work).map_err(|cause| DbErr::Json(cause.to_string()))?;
            let run_at = schedule.run_at.unwrap_or(now);
            // What lies ahead is found by polling.
            self.has_jobs |= run_at <= now;
            Ok(job::ActiveModel {
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
                created_at: Set(now),
                finished_at: Set(None),
            })
        };
        let rows = jobs.into_iter().map(row).collect::<Result<Vec<_>, DbErr>>()?;
        let insert = |part| {
            let insert = job::Entity::insert_many(part);
            insert.on_conflict(OnConflict::new().do_nothing().to_owned()).into_query()
        };
        Ok(in_parts(rows).into_iter().map(insert).collect())
    }

    /// Records who did what. `details` holds field names and codes, never a person's data.
    ///
    /// # Errors
    /// The row cannot be written; what it tells of must not be committed either.
    pub async fn audit(
        &self,
        action: &str,
        object_kind: &str,
        object_id: impl fmt::Display,
        details: Option<Value>,
    ) -> Result<(), DbErr> {
        let account = Account { details, ..Account::default() };
        self.record(action, object_kind, object_id.to_string(), account).await
    }

    /// As [`audit`](Self::audit), with keyed digests of the object before and after the change, and
    /// the names of the fields that differ. What did not exist is `&()`.
    ///
    /// # Errors
    /// As `audit`.
    pub async fn audit_change(
        &self,
        action: &str,
        object_kind: &str,
        object_id: impl fmt::Display,
        before: &impl Serialize,
        after: &impl Serialize,
        details: Option<Value>,
    ) -> Result<(), DbErr> {
        let state = |object: Result<Value, serde_json::Error>| {
            object.map_err(|cause| DbErr::Json(cause.to_string()))
        };
        let before = state(serde_json::to_value(before))?;
        let after = state(serde_json::to_value(after))?;
        let digest =
            |state: &Value| (!state.is_null()).then(|| self.audit.digest(object_kind, state));
        let account = Account {
            outcome: None,
            before: digest(&before),
            after: digest(&after),
            details: with_changed_fields(details, &before, &after),
        };
        self.record(action, object_kind, object_id.to_string(), account).await
    }

    /// Records what was tried in vain.
    ///
    /// # Errors
    /// As `audit`.
    pub async fn audit_failure(
        &self,
        action: &str,
        object_kind: &str,
        object_id: impl fmt::Display,
        outcome: AuditOutcome,
    ) -> Result<(), DbErr> {
        let account = Account { outcome: Some(outcome), ..Account::default() };
        self.record(action, object_kind, object_id.to_string(), account).await
    }

    /// Records that somebody looks at personal data, and lets them.
    ///
    /// # Errors
    /// As `audit`: without the record there is no look.
    pub async fn disclose(
        &self,
        action: &str,
        object_kind: &str,
        object_id: impl fmt::Display,
        reason: &impl Serialize,
    ) -> Result<Disclosed, DbErr> {
        let details = serde_json::json!({ "reason": reason });
        self.audit(action, object_kind, object_id, Some(details)).await?;
        Ok(Disclosed::on_record())
    }

    async fn record(
        &self,
        action: &str,
        object_kind: &str,
        object_id: String,
        account: Account,
    ) -> Result<(), DbErr> {
        let (actor_kind, actor_id) = self.origin.actor.parts();
        let request = self.origin.request.as_ref();
        let address = request.map(|request| request.address.to_string());
        let address_cipher = address
            .as_deref()
            .map(|address| self.audit.seal_address(address))
            .transpose()
            .map_err(|error| DbErr::Custom(format!("{error:?}")))?;
        let mut entry = audit_entry::Model {
            id: self.ids.id(),
            at: self.origin.now,
            actor_kind,
            actor_id,
            action: action.to_owned(),
            object_kind: object_kind.to_owned(),
            object_id,
            outcome: account.outcome.unwrap_or(AuditOutcome::Success),
            request_id: request.map(|request| request.request_id.clone()),
            session_id: request.and_then(|request| request.session_id),
            address_cipher,
            client: request.and_then(|request| request.client),
            before_digest: account.before,
            after_digest: account.after,
            details: account.details,
            mac: Vec::new(),
            seq: None,
            link: None,
        };
        entry.mac = self.audit.sign_entry(&entry, address.as_deref());
        audit_entry::Entity::insert(entry.into_active_model().reset_all())
            .exec_without_returning(&self.inner)
            .await?;
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

/// `details` and, under `changed`, the names of the fields in which two states differ.
fn with_changed_fields(details: Option<Value>, before: &Value, after: &Value) -> Option<Value> {
    let (Value::Object(before), Value::Object(after)) = (before, after) else { return details };
    let changed: BTreeSet<&String> = before
        .keys()
        .chain(after.keys())
        .filter(|name| !is_volatile(name) && before.get(*name) != after.get(*name))
        .collect();
    let mut details = match details {
        Some(Value::Object(details)) => details,
        _ => serde_json::Map::new(),
    };
    details.insert("changed".to_owned(), serde_json::json!(changed));
    Some(Value::Object(details))
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
