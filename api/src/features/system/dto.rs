use chrono::{DateTime, Utc};
use entity::audit_entry::{self, ActorKind};
use entity::job;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A job that used up its attempts.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeadJobView {
    pub id: Uuid,
    #[schema(example = "notification.deliver")]
    pub kind: String,
    /// Ids only.
    pub payload: Value,
    pub attempts: i32,
    /// The error code of the last attempt.
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntryView {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub actor_kind: ActorKind,
    pub actor_id: Option<Uuid>,
    #[schema(example = "article.publish")]
    pub action: String,
    pub object_kind: String,
    pub object_id: String,
    pub request_id: Option<String>,
    /// Field names and codes.
    pub details: Option<Value>,
}

impl From<job::Model> for DeadJobView {
    fn from(row: job::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            payload: row.payload,
            attempts: row.attempts,
            last_error: row.last_error,
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}

impl From<audit_entry::Model> for AuditEntryView {
    fn from(row: audit_entry::Model) -> Self {
        let audit_entry::Model {
            id,
            at,
            actor_kind,
            actor_id,
            action,
            object_kind,
            object_id,
            request_id,
            details,
        } = row;
        Self { id, at, actor_kind, actor_id, action, object_kind, object_id, request_id, details }
    }
}
