//! One person's entry in a lottery. Its id is random and tells nothing, so that it can be published.

use sea_orm::entity::prelude::*;

words! {
    LotteryEntryStatus {
        Entered,
        Won,
        /// Stands in the line of the slot.
        Waiting,
        /// Got nothing: the line was full, the slot closed, or the person could not book or has left.
        Lost,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lottery_entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub lottery_id: Uuid,
    pub slot_id: Uuid,
    /// None: of somebody who has left.
    pub account_id: Option<Uuid>,
    /// What is to be tested.
    pub product_name: Option<String>,
    pub status: LotteryEntryStatus,
    /// Its place in the order drawn, from 1.
    pub rank: Option<i32>,
    pub booking_id: Option<Uuid>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
