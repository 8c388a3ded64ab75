//! A lab's bookings as a calendar to subscribe to, for whoever has its address.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_feeds")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub lab_id: Uuid,
    /// Who subscribes: "前台电脑".
    pub label: String,
    /// SHA-256 of the token in the address.
    pub token_hash: Vec<u8>,
    pub created_by: Uuid,
    pub created_at: DateTimeUtc,
    pub revoked_by: Option<Uuid>,
    pub revoked_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
