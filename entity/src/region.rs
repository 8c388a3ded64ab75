//! Administrative divisions by their statistical code: 2 digits a province, 4 a city, 6 a county,
//! 9 a street or township. A code begins with its parent's code, so a scope is a prefix.

use sea_orm::entity::prelude::*;

words! {
    /// The four levels of division, and a unit that reports like a province without being one
    /// (新疆生产建设兵团).
    RegionLevel { Province, City, County, Street, ReportingUnit }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "regions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    pub name: String,
    pub level: RegionLevel,
    pub parent_code: Option<String>,
    /// The names from the province down, without the filler level of the direct municipalities.
    pub full_name: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
