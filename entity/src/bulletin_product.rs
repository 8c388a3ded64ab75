//! A product that a bulletin speaks of.

use sea_orm::QueryOrder as _;
use sea_orm::entity::prelude::*;

use crate::lab_capability::ProductClass;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulletin_products")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub bulletin_id: Uuid,
    /// Its place in the bulletin, from 1.
    pub position: i32,
    pub name: String,
    pub product_class: ProductClass,
    pub brand: Option<String>,
    pub manufacturer: Option<String>,
    pub retailer: Option<String>,
    pub produced_from: Option<Date>,
    pub produced_until: Option<Date>,
    /// Folded, to be found by.
    pub name_key: String,
    pub brand_key: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The products of these bulletins, each bulletin's in their order.
    pub fn of(bulletins: impl IntoIterator<Item = Uuid>) -> Select<Self> {
        Self::find()
            .filter(Column::BulletinId.is_in(bulletins))
            .order_by_asc(Column::BulletinId)
            .order_by_asc(Column::Position)
    }
}
