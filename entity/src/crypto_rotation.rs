//! How far the rotation of keys has come in one encrypted column.

use sea_orm::entity::prelude::*;

words! {
    /// `blocked`: a pass changed nothing and yet left rows that do not open under any known key.
    RotationStatus { Running, Blocked, Done }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "crypto_rotations")]
pub struct Model {
    /// `accounts.phone_cipher`
    #[sea_orm(primary_key, auto_increment = false)]
    pub field: String,
    /// Names the keys that the rotation leads to; others begin it anew.
    pub target: String,
    pub status: RotationStatus,
    /// Primary key of the last row of the last batch, as JSON.
    pub cursor: Option<String>,
    pub changed: i64,
    pub changed_in_pass: i64,
    pub unreadable: i64,
    pub started_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
