//! The authenticator (TOTP, RFC 6238) of a staff member, and the one that is about to replace it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staff_factors")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub staff_id: Uuid,
    /// Field-encrypted shared secret, 160 bits.
    pub secret_cipher: Option<Vec<u8>>,
    /// Absent: no factor yet, only an enrolment.
    pub confirmed_at: Option<DateTimeUtc>,
    /// The last time step a code of which was taken; one of it or before is a replay.
    pub last_used_step: Option<i64>,
    /// Field-encrypted secret that waits for its first code.
    pub pending_cipher: Option<Vec<u8>>,
    pub pending_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
