//! What a spot check found on one product.

use sea_orm::entity::prelude::*;

use crate::lab_result::ResultVerdict;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "spot_check_items")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub product_id: Uuid,
    /// Its place in the product's list, from 1.
    pub position: i32,
    pub item: String,
    /// Such as `GB 6675.2-2014 4.4`.
    pub standard: String,
    pub value_text: String,
    /// What the standard allows, as it is written there.
    pub limit_text: Option<String>,
    pub verdict: ResultVerdict,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
