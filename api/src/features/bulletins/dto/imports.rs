use chrono::{DateTime, Utc};
use entity::bulletin_import::{ImportStatus, Model, SheetFormat};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What is wrong with one cell, or with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowProblem {
    /// As the spreadsheet numbers it; the head is row 1.
    pub row: u32,
    /// The head of the column; empty for the whole row.
    pub column: String,
    /// As in `errors[].code` of a problem, or `gtin_invalid`, `formula`, `unknown_column`,
    /// `missing_column`, `conflict`, `too_many`.
    pub code: String,
    /// A Chinese sentence.
    pub message: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BulletinImportSummary {
    pub id: Uuid,
    pub format: SheetFormat,
    pub status: ImportStatus,
    /// Rows below the head that hold something.
    pub rows: i32,
    pub bulletins: i32,
    /// How many mistakes there are.
    pub wrong: i32,
    pub created_at: DateTime<Utc>,
    pub settled_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BulletinImportView {
    #[serde(flatten)]
    pub summary: BulletinImportSummary,
    /// The first mistakes, by row.
    pub problems: Vec<RowProblem>,
}

impl From<&Model> for BulletinImportSummary {
    fn from(row: &Model) -> Self {
        Self {
            id: row.id,
            format: row.format,
            status: row.status,
            rows: row.rows,
            bulletins: row.bulletins,
            wrong: row.wrong,
            created_at: row.created_at,
            settled_at: row.settled_at,
        }
    }
}

impl From<&Model> for BulletinImportView {
    fn from(row: &Model) -> Self {
        let problems = serde_json::from_value(row.problems.clone()).unwrap_or_default();
        Self { summary: row.into(), problems }
    }
}
