//! What tells a product of a bulletin from others: barcodes, models, batches.

use sea_orm::entity::prelude::*;

words! {
    ProductCodeKind { Gtin, Model, Batch }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulletin_product_codes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: ProductCodeKind,
    /// Folded; a barcode as 14 digits.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code_key: String,
    /// As it was written.
    pub code: String,
    /// Its place among its kind, from 1.
    pub position: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
