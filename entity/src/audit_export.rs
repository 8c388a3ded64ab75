//! A part of the audit trail written to a file for an auditor. The file lies in the storage as
//! field-encrypted parts and goes when its time is over; this manifest stays.

use sea_orm::entity::prelude::*;

words! {
    AuditExportFormat { Csv, Jsonl }
}

words! {
    AuditExportStatus { Pending, Ready, Failed, Expired }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_exports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub requested_by: Uuid,
    pub format: AuditExportFormat,
    /// What was asked for.
    pub filter: Json,
    pub status: AuditExportStatus,
    pub parts: i32,
    pub rows: i64,
    pub bytes: i64,
    /// Of the whole file.
    pub sha256: Option<Vec<u8>>,
    /// Head of the chain when the file was finished: an anchor for `sanjin audit verify --expect`.
    pub head_seq: Option<i64>,
    pub head_link: Option<Vec<u8>>,
    pub created_at: DateTimeUtc,
    pub finished_at: Option<DateTimeUtc>,
    /// The file can be fetched until then.
    pub expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
