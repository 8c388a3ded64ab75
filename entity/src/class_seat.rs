//! A taken seat of a class: a number, and an account without a person.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "class_seats")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    pub class_id: Uuid,
    /// 1 to the size of the class.
    pub number: i16,
    /// Blind index of the six digits on the seat's card, and of whose they are.
    pub pin_index: Vec<u8>,
    /// Wrong digits since the card was handed out.
    pub pin_failures: i32,
    pub taken_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
