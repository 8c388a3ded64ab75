use chrono::{DateTime, Utc};
use entity::audit_entry::{self, ActorKind, AuditOutcome, ClientKind};
use entity::audit_export::{self, AuditExportFormat, AuditExportStatus};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::paged_filter;
use crate::platform::audit::{Integrity, Link};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditSort {
    #[default]
    Newest,
    Oldest,
}

paged_filter! {
    AuditFilter {
        /// Who did it: a member of staff or an account.
        actor_id: Uuid,
        /// An action, or the beginning of several: `article.`.
        action: String,
        object_kind: String,
        object_id: String,
        request_id: String,
        /// Not before this instant.
        from: DateTime<Utc>,
        /// Before this instant.
        to: DateTime<Utc>,
        /// `newest` when absent.
        sort: AuditSort,
    }
}

/// Which entries.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditCriteria {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<Uuid>,
    /// An action, or the beginning of several: `article.`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Not before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<DateTime<Utc>>,
}

impl From<&AuditFilter> for AuditCriteria {
    fn from(filter: &AuditFilter) -> Self {
        Self {
            actor_id: filter.actor_id,
            action: filter.action.clone(),
            object_kind: filter.object_kind.clone(),
            object_id: filter.object_id.clone(),
            request_id: filter.request_id.clone(),
            from: filter.from,
            to: filter.to,
        }
    }
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAuditExport {
    pub format: AuditExportFormat,
    #[serde(default)]
    pub filter: AuditCriteria,
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
    pub outcome: AuditOutcome,
    pub request_id: Option<String>,
    pub session_id: Option<Uuid>,
    #[schema(example = "203.0.113.7")]
    pub address: Option<String>,
    pub client: Option<ClientKind>,
    /// Keyed digest of the object before the change: equal states have equal digests.
    pub before_digest: Option<String>,
    pub after_digest: Option<String>,
    /// Field names and codes.
    pub details: Option<Value>,
    /// Number in the chain; absent until the entry is sealed.
    pub seq: Option<i64>,
}

/// One entry, verified.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntryDetail {
    #[serde(flatten)]
    pub entry: AuditEntryView,
    pub integrity: Integrity,
    /// For `sanjin audit verify --expect`.
    pub anchor: Option<String>,
}

/// An export's manifest.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditExportView {
    pub id: Uuid,
    pub requested_by: Uuid,
    pub format: AuditExportFormat,
    pub filter: Value,
    pub status: AuditExportStatus,
    pub rows: i64,
    pub bytes: i64,
    /// Of the file, in hexadecimal digits.
    pub sha256: Option<String>,
    /// The head of the chain when the file was finished, for `sanjin audit verify --expect`.
    pub anchor: Option<String>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    pub expires_at: DateTime<Utc>,
    /// Where the file can be fetched until `expires_at`.
    pub content_path: Option<String>,
}

impl AuditEntryView {
    /// `address` is in clear.
    pub fn of(row: audit_entry::Model, address: Option<String>) -> Self {
        Self {
            id: row.id,
            at: row.at,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            action: row.action,
            object_kind: row.object_kind,
            object_id: row.object_id,
            outcome: row.outcome,
            request_id: row.request_id,
            session_id: row.session_id,
            address,
            client: row.client,
            before_digest: row.before_digest.map(hex::encode),
            after_digest: row.after_digest.map(hex::encode),
            details: row.details,
            seq: row.seq,
        }
    }
}

impl AuditExportView {
    pub fn of(row: audit_export::Model, now: DateTime<Utc>) -> Self {
        let is_there = row.status == AuditExportStatus::Ready && now < row.expires_at;
        let head = row.head_seq.zip(row.head_link);
        Self {
            id: row.id,
            requested_by: row.requested_by,
            format: row.format,
            filter: row.filter,
            status: row.status,
            rows: row.rows,
            bytes: row.bytes,
            sha256: row.sha256.map(hex::encode),
            anchor: head.map(|(seq, value)| Link { seq, value }.to_string()),
            created_at: row.created_at,
            finished_at: row.finished_at,
            expires_at: row.expires_at,
            content_path: is_there
                .then(|| format!("/api/v1/staff/audit-exports/{}/content", row.id)),
        }
    }
}
