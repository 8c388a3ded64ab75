//! A named set of permissions. Those the service brings are fixed; an administrator makes others.

use sea_orm::entity::prelude::*;

words! {
    /// What kind of work a role does. The three administrators of 等保2.0 level 3 (GB/T 22239-2019,
    /// 8.1.4.2) are kept apart from each other and from the business: one person has roles of one
    /// duty only.
    Duty { System, Security, Audit, Business }
}

words! {
    /// Where grants of a role may hold.
    Reach {
        Country,
        /// A region with all below it, or the country.
        Region,
        Lab,
        /// A monitoring point.
        Point,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "roles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique)]
    pub code: String,
    pub name: String,
    pub duty: Duty,
    pub reach: Reach,
    /// Brought by the service: cannot be changed.
    pub is_built_in: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
