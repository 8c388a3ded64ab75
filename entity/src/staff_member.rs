//! Somebody who works with the system: an editor, a lab's staff, a case handler, headquarters.

use sea_orm::entity::prelude::*;

words! {
    StaffStatus { Active, Disabled }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
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
    /// The last guess that was counted, right or wrong; an old count is forgotten.
    pub last_failed_at: Option<DateTimeUtc>,
    pub last_login_at: Option<DateTimeUtc>,
    /// Absent for who was made before passwords had an age: then it is as old as the account.
    pub password_changed_at: Option<DateTimeUtc>,
    /// Somebody else knows the password, so nothing can be done with it but to change it.
    pub must_change_password: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
