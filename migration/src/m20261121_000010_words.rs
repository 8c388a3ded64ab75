//! More ways for a session to end and for an account to stand.

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
        let ends = [
            "logout",
            "token_reuse",
            "disabled",
            "idle",
            "credentials_changed",
            "ended_by_owner",
            "ended_by_staff",
            "account_merged",
            "account_closed",
        ];
        reword(manager, "login_sessions", "revoked_because", &ends).await?;
        let standing = ["active", "disabled", "closing", "merged", "deleted"];
        reword(manager, "accounts", "status", &standing).await
    }
}
