//! A product that failed a safety item: where the search for more of its kind begins. About products,
//! never about people.

use sea_orm::entity::prelude::*;

use crate::lab_capability::ProductClass;

words! {
    RiskLeadStatus {
        New,
        /// The report that it came from was corrected or withdrawn.
        Revoked,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "risk_leads")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The latest result that says so.
    pub result_id: Uuid,
    pub booking_id: Uuid,
    pub sample_id: Uuid,
    pub lab_id: Uuid,
    /// Of the lab.
    pub region_code: String,
    pub product_name: String,
    pub product_class: Option<ProductClass>,
    pub brand: Option<String>,
    pub model: Option<String>,
    pub batch: Option<String>,
    pub item_name: String,
    pub standard: String,
    pub limit_text: Option<String>,
    pub value_text: String,
    pub unit: Option<String>,
    pub status: RiskLeadStatus,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
