//! A log-in between its two steps: the first factor was right, the code is awaited.

use sea_orm::entity::prelude::*;

words! {
    /// By what a member of staff came in.
    StaffLoginDoor { Password, Wechat }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staff_login_tickets")]
pub struct Model {
    /// SHA-256 of the ticket; the ticket itself is never stored.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    pub staff_id: Uuid,
    /// The member's epoch at issue: new credentials end what was begun with the old ones.
    pub epoch: i32,
    pub door: StaffLoginDoor,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
