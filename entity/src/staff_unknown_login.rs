//! Guesses at user names that nobody has, counted and locked like those at real ones, so that a
//! refusal does not tell which is which.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staff_unknown_logins")]
pub struct Model {
    /// Blind index of the name as it was typed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name_index: Vec<u8>,
    pub failed_logins: i32,
    pub locked_until: Option<DateTimeUtc>,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
