//! What was found for one item of one sample. Belongs to its report and never changes.

use sea_orm::entity::prelude::*;

words! {
    ResultVerdict {
        Pass,
        Fail,
        /// The standard sets no limit, or the item was only described.
        NotJudged,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lab_results")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub report_id: Uuid,
    pub sample_id: Uuid,
    /// Its place in the report, from 1.
    pub position: i32,
    pub item_name: String,
    /// Such as `GB 6675.2-2014 4.4`.
    pub standard: String,
    pub method: Option<String>,
    /// What the standard allows, as it is written there.
    pub limit_text: Option<String>,
    pub value_text: String,
    pub unit: Option<String>,
    pub verdict: ResultVerdict,
    /// Whether failing it endangers people.
    pub is_safety: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
