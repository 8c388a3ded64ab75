//! The class of a sample is a word, as it is among the capabilities of a lab.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const CLASSES: [&str; 10] = [
    "household_appliances",
    "consumer_electronics",
    "home_decoration",
    "clothing",
    "maternal_elderly_disabled",
    "cosmetics_daily_chemicals",
    "culture_education_sports",
    "traditional_culture",
    "food_related",
    "other",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["samples", "risk_leads"] {
            let class = || Expr::col(name("product_class"));
            let update = Query::update()
                .table(name(table))
                .value(name("product_class"), Option::<String>::None)
                .and_where(class().is_not_null())
                .and_where(class().is_not_in(CLASSES))
                .take();
            manager.execute(update).await?;
        }
        Ok(())
    }
}
