//! What the law makes us keep of somebody who left (PIPL Art. 47: stored and protected, nothing
//! else). Sealed, under a pseudonym, and removed when its time is over.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "restricted_records")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `account_deletions.subject_id`
    pub subject_id: Uuid,
    /// The table it comes from, and its key there.
    pub kind: String,
    pub row_id: String,
    /// Code of the duty to keep it.
    pub law: String,
    /// Field-encrypted JSON: the row and what belonged to it.
    pub content_cipher: Vec<u8>,
    pub restricted_at: DateTimeUtc,
    pub keep_until: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
