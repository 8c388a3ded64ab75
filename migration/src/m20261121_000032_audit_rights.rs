//! Who exports the audit trail, who sees a complainant in clear, who finds a person by phone.

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
        permit(manager, "security_admin", "account.find").await?;
        permit(manager, "case_handler", "identity.read").await
    }
}
