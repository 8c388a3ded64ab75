//! Bookings of a time as a sheet, made for one member of staff. The file lies in the storage in sealed
//! parts and goes when its time is over.

use sea_orm::entity::prelude::*;

pub use crate::data_export::ExportStatus;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "booking_exports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub requested_by: Uuid,
    /// What was asked for.
    pub filter: Json,
    /// Where the one who asked may look, as it was then.
    pub reach: Json,
    pub status: ExportStatus,
    /// The run whose parts are the file.
    pub attempt: Option<i32>,
    pub parts: i32,
    pub rows: i64,
    pub bytes: i64,
    /// Of the whole file.
    pub sha256: Option<Vec<u8>>,
    pub created_at: DateTimeUtc,
    pub finished_at: Option<DateTimeUtc>,
    /// The file can be fetched until then.
    pub expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
