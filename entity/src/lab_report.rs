//! One revision of the report on a booking's samples. The document is a file of the storage; the row
//! says what it hashes to and whether it still holds.

use sea_orm::entity::prelude::*;

words! {
    /// `superseded`: a later revision took its place. `withdrawn`: nothing did.
    ReportStatus { Valid, Superseded, Withdrawn }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "lab_reports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub booking_id: Uuid,
    pub lab_id: Uuid,
    /// From 1; a correction is the next one.
    pub revision: i32,
    pub status: ReportStatus,
    /// By which everybody may ask about it.
    #[sea_orm(unique)]
    pub code: String,
    pub media_id: Uuid,
    /// Of the document's bytes.
    pub sha256: Vec<u8>,
    pub conclusion: super::lab_result::ResultVerdict,
    pub issued_at: DateTimeUtc,
    pub issued_by: Uuid,
    /// When it was superseded or withdrawn, by whom and why.
    pub ended_at: Option<DateTimeUtc>,
    pub ended_by: Option<Uuid>,
    pub ended_because: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
