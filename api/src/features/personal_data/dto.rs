use chrono::{DateTime, Utc};
use entity::account_deletion::{self, DeletionStatus};
use entity::correction_request::{self, CorrectionField, CorrectionStatus, CorrectionSubject};
use entity::data_export::{self, ExportStatus};
use entity::restricted_record;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::Outcome;
use crate::paged_filter;
use crate::platform::http::text::{many_lines, one_line, trimmed, trimmed_option};

#[derive(Debug, Serialize, ToSchema)]
pub struct ExportView {
    pub id: Uuid,
    pub status: ExportStatus,
    pub size_bytes: Option<i64>,
    pub requested_at: DateTime<Utc>,
    pub ready_at: Option<DateTime<Utc>>,
    /// The file can be downloaded until then.
    pub expires_at: Option<DateTime<Utc>>,
}

impl From<data_export::Model> for ExportView {
    fn from(row: data_export::Model) -> Self {
        Self {
            id: row.id,
            status: row.status,
            size_bytes: row.size_bytes,
            requested_at: row.requested_at,
            ready_at: row.ready_at,
            expires_at: row.expires_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
pub struct ExportTicketView {
    /// Works once and without a token.
    #[schema(example = "/api/v1/exports/3k1…")]
    pub path: String,
    pub expires_at: DateTime<Utc>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestDeletion {
    /// 注销账号, typed by the person.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(max = 20))]
    #[schema(max_length = 20, example = "注销账号")]
    pub confirmation: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DeletionView {
    /// Worth keeping: the number of the certificate once the account is erased.
    pub id: Uuid,
    pub status: DeletionStatus,
    pub requested_at: DateTime<Utc>,
    /// Until then it can be taken back.
    pub closes_at: DateTime<Utc>,
    pub cancelled_at: Option<DateTime<Utc>>,
}

impl From<account_deletion::Model> for DeletionView {
    fn from(row: account_deletion::Model) -> Self {
        Self {
            id: row.id,
            status: row.status,
            requested_at: row.requested_at,
            closes_at: row.closes_at,
            cancelled_at: row.cancelled_at,
        }
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestCorrection {
    pub subject_kind: CorrectionSubject,
    pub subject_id: Uuid,
    pub field: CorrectionField,
    /// What it should say.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 200), custom(function = "one_line"))]
    pub wish: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CorrectionView {
    pub id: Uuid,
    pub subject_kind: CorrectionSubject,
    pub subject_id: Uuid,
    pub field: CorrectionField,
    pub status: CorrectionStatus,
    /// Why it was decided so.
    pub reason: Option<String>,
    pub created_at: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
}

/// A request without what it wishes.
#[derive(Debug, Serialize, ToSchema)]
pub struct CorrectionSummary {
    pub id: Uuid,
    pub subject_kind: CorrectionSubject,
    pub subject_id: Uuid,
    pub field: CorrectionField,
    pub status: CorrectionStatus,
    pub region_code: String,
    pub created_at: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
}

impl From<correction_request::Model> for CorrectionSummary {
    fn from(row: correction_request::Model) -> Self {
        Self {
            id: row.id,
            subject_kind: row.subject_kind,
            subject_id: row.subject_id,
            field: row.field,
            status: row.status,
            region_code: row.region_code,
            created_at: row.created_at,
            decided_at: row.decided_at,
        }
    }
}

/// A request as who decides it sees it.
#[derive(Serialize, ToSchema)]
pub struct StaffCorrectionView {
    #[serde(flatten)]
    pub request: CorrectionSummary,
    pub wish: String,
    pub reason: Option<String>,
}

paged_filter! {
    CorrectionFilter {
        status: CorrectionStatus,
    }
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptCorrection {
    /// Shown to the person.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 500), custom(function = "many_lines"))]
    pub reason: Option<String>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefuseCorrection {
    /// Shown to the person: a refusal has a reason (PIPL Art. 50).
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 500), custom(function = "many_lines"))]
    pub reason: String,
}

paged_filter! {
    DeletionFilter {
        status: DeletionStatus,
    }
}

/// What became of a wish to close an account; of an erased one it is the certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountDeletionView {
    pub id: Uuid,
    pub status: DeletionStatus,
    pub requested_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub cancelled_at: Option<DateTime<Utc>>,
    pub erased_at: Option<DateTime<Utc>>,
    /// Numbers of rows by table.
    pub outcome: Outcome,
}

paged_filter! {
    RestrictedRecordFilter {
        /// Its key in the table it comes from.
        row_id: Uuid,
    }
}

/// A record that the law makes us keep, without what it says.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestrictedRecordView {
    pub id: Uuid,
    #[schema(example = "complaints")]
    pub kind: String,
    pub row_id: String,
    #[schema(example = "samr_order_121_art_24")]
    pub law: String,
    pub restricted_at: DateTime<Utc>,
    pub keep_until: DateTime<Utc>,
}

impl From<&restricted_record::Model> for RestrictedRecordView {
    fn from(row: &restricted_record::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind.clone(),
            row_id: row.row_id.clone(),
            law: row.law.clone(),
            restricted_at: row.restricted_at,
            keep_until: row.keep_until,
        }
    }
}

/// What obliges us to open a record that may only be stored (PIPL Art. 47).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadingBasis {
    CourtOrder,
    Inspection,
    Supervision,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadRestrictedRecord {
    /// Goes into the audit trail.
    pub basis: ReadingBasis,
}

#[derive(Serialize, ToSchema)]
pub struct RestrictedContentView {
    #[serde(flatten)]
    pub record: RestrictedRecordView,
    /// The row, and what belonged to it.
    #[schema(value_type = Object)]
    pub content: serde_json::Value,
}
