//! Who decides corrections, and who may look at what is kept of people who left.

use sea_orm_migration::prelude::*;

use crate::columns::permit;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        permit(manager, "case_handler", "correction.decide").await?;
        permit(manager, "auditor", "restricted.read").await
    }
}
