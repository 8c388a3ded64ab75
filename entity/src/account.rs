//! A resident: the person behind one or more WeChat identities.

use sea_orm::entity::prelude::*;

words! {
    AccountStatus {
        Active,
        Disabled,
        /// The owner asked for deletion and may still change their mind.
        Closing,
        /// Became part of another account.
        Merged,
        Deleted,
    }
}

words! {
    /// Whom the programme addresses: communities, campuses, townships and those who teach there.
    Audience { Resident, Student, Teacher, Other }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub status: AccountStatus,
    /// Raised to end every access token at once.
    pub epoch: i32,
    pub audience: Option<Audience>,
    pub region_code: Option<String>,
    /// Field-encrypted E.164-like number.
    pub phone_cipher: Option<Vec<u8>>,
    /// Blind index of the number, for exact look-up.
    pub phone_index: Option<Vec<u8>>,
    pub phone_bound_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
