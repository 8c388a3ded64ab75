//! A copy of everything we hold about a person, made on request (PIPL Art. 45). The file lies in the
//! storage in sealed parts.

use sea_orm::entity::prelude::*;

words! {
    ExportStatus { Pending, Ready, Expired, Failed }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "data_exports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub status: ExportStatus,
    /// Random folder in the storage, `exports/<id>/`.
    pub folder: String,
    /// The run whose parts are the file: `<folder><attempt>/<n>`.
    pub attempt: Option<i32>,
    pub parts: Option<i32>,
    /// Of the file as it is downloaded.
    pub size_bytes: Option<i64>,
    /// SHA-256 of the one download ticket that is good.
    pub ticket_hash: Option<Vec<u8>>,
    pub ticket_expires_at: Option<DateTimeUtc>,
    pub requested_at: DateTimeUtc,
    pub ready_at: Option<DateTimeUtc>,
    pub expires_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
