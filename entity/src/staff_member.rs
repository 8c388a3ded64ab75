//! Somebody who works with the system: an editor, a lab's staff, a case handler, headquarters.

use sea_orm::entity::prelude::*;

words! {
    StaffStatus { Active, Disabled }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staff_members")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique)]
    pub username: String,
    pub display_name: String,
    /// PHC string, argon2id.
    pub password_hash: String,
    pub status: StaffStatus,
    /// Raised to end every access token at once.
    pub epoch: i32,
    /// Since the last success or lock.
    pub failed_logins: i32,
    pub locked_until: Option<DateTimeUtc>,
    pub last_login_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
