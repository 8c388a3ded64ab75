//! The two ends of the audit trail's chain, in one signed row: behind `start` lies what was removed
//! after its time, at `head` the chain goes on.

use sea_orm::entity::prelude::*;

/// The id of the one row.
pub const THE_ONE: i16 = 1;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_chain")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    /// Number and link of the last row that was removed; 0 and zeros when none was.
    pub start_seq: i64,
    pub start_link: Vec<u8>,
    pub head_seq: i64,
    pub head_link: Vec<u8>,
    pub sealed_at: DateTimeUtc,
    /// Over all the above.
    pub mac: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
