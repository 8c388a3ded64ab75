//! Name and identity number of a person, given for a purpose and readable for that purpose only.

use sea_orm::entity::prelude::*;

words! {
    /// What a real name was given for.
    RealNamePurpose {
        /// Handling one's complaints (Order 121, Art. 10).
        Complaint,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "real_names")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    pub purpose: RealNamePurpose,
    /// Field-encrypted.
    pub name_cipher: Vec<u8>,
    /// Field-encrypted citizen identity number (GB 11643).
    pub id_number_cipher: Vec<u8>,
    /// Blind index of the number, for exact look-up.
    pub id_number_index: Vec<u8>,
    pub given_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
