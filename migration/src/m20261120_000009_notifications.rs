//! Notices to residents and what became of their delivery.

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
        create(
            manager,
            table("notifications")
                .col(id())
                .col(uuid("account_id"))
                .col(text("kind"))
                .col(uuid("subject_id"))
                .col(text("title"))
                .col(text("body"))
                .col(instant_null("read_at"))
                .col(word("delivery", &["pending", "sent", "skipped", "dropped", "failed"]))
                .col(counter("delivery_attempts"))
                .col(int_null("delivery_code"))
                .col(instant_null("delivered_at"))
                .col(instant("created_at"))
                .foreign_key(&mut foreign("account_id", "accounts", "id"))
                .take(),
            vec![index("notifications", &["account_id", "created_at", "id"])],
        )
        .await?;
        Ok(())
    }
}
