//! What a lab can do with a class of products, by which standard, and how long it takes.

use sea_orm::entity::prelude::*;

use crate::lab_service::ServiceKind;

words! {
    /// The fields of 《消费品标准和质量提升规划（2016—2020年）》 (国办发〔2016〕68号), and the rest.
    ProductClass {
        /// 家用电器
        HouseholdAppliances,
        /// 消费类电子
        ConsumerElectronics,
        /// 家居装饰装修产品
        HomeDecoration,
        /// 服装服饰产品
        Clothing,
        /// 妇幼老年及残疾人用品
        MaternalElderlyDisabled,
        /// 化妆品和日用化学品
        CosmeticsDailyChemicals,
        /// 文教体育休闲用品
        CultureEducationSports,
        /// 传统文化产品
        TraditionalCulture,
        /// 食品及相关产品
        FoodRelated,
        Other,
    }
}

impl ProductClass {
    /// Its name in the plan.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::HouseholdAppliances => "家用电器",
            Self::ConsumerElectronics => "消费类电子",
            Self::HomeDecoration => "家居装饰装修产品",
            Self::Clothing => "服装服饰产品",
            Self::MaternalElderlyDisabled => "妇幼老年及残疾人用品",
            Self::CosmeticsDailyChemicals => "化妆品和日用化学品",
            Self::CultureEducationSports => "文教体育休闲用品",
            Self::TraditionalCulture => "传统文化产品",
            Self::FoodRelated => "食品及相关产品",
            Self::Other => "其他",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "lab_capabilities")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub lab_id: Uuid,
    pub service_kind: ServiceKind,
    pub product_class: ProductClass,
    /// `GB 6675.1-2014`
    pub standard: String,
    /// Working days until the result.
    pub days_needed: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
