//! Who exports the audit trail, and who sees a complainant in clear.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        permit(manager, "auditor", "audit.export").await?;
        permit(manager, "case_handler", "identity.read").await
    }
}
