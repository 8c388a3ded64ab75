//! What somebody thought of the service, from 1 to 5. Marks and no words.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "satisfactions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub booking_id: Uuid,
    pub lab_id: Uuid,
    pub overall: i16,
    /// How one was treated.
    pub attitude: i16,
    /// How long it took.
    pub speed: i16,
    /// Whether the result can be understood.
    pub clarity: i16,
    pub answered_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
