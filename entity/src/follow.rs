//! What a resident wants to hear of: a class of products, a brand, a region.

use sea_orm::entity::prelude::*;

words! {
    FollowKind { ProductClass, Brand, Region }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "follows")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub kind: FollowKind,
    /// The word of the class, the folded brand, or the code of the region.
    pub value_key: String,
    /// As it was asked for.
    pub value: String,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
