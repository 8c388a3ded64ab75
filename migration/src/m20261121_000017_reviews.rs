//! Risk signals of WeChat, and the review of what residents write.

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
            table("risk_signals")
                .col(id())
                .col(uuid("account_id"))
                .col(word("scene", &["register", "ugc"]))
                .col(word("status", &["pending", "ranked", "unknown"]))
                .col(bytes_null("address_cipher"))
                .col(small_null("rank"))
                .col(int_null("code"))
                .col(instant("created_at"))
                .col(instant_null("answered_at"))
                .foreign_key(&mut foreign("account_id", "accounts", "id"))
                .take(),
            vec![
                index("risk_signals", &["account_id", "created_at"]),
                index("risk_signals", &["created_at"]),
            ],
        )
        .await?;
        create(
            manager,
            table("text_reviews")
                .col(id())
                .col(text("kind"))
                .col(uuid("subject_id"))
                .col(bytes("digest_cipher"))
                .col(counter("revision"))
                .col(uuid_null("author_id"))
                .col(text_null("region_code"))
                .col(word("status", &["pending", "passed", "rejected", "needs_human"]))
                .col(text_null("reason"))
                .col(int_null("label"))
                .col(text_null("trace_id"))
                .col(instant("submitted_at"))
                .col(instant_null("queued_at"))
                .col(uuid_null("claimed_by"))
                .col(instant_null("claimed_until"))
                .col(uuid_null("decided_by"))
                .col(instant_null("decided_at"))
                .col(text_null("ground"))
                .foreign_key(&mut foreign("author_id", "accounts", "id"))
                .foreign_key(&mut foreign("region_code", "regions", "code"))
                .foreign_key(&mut foreign("claimed_by", "staff_members", "id"))
                .foreign_key(&mut foreign("decided_by", "staff_members", "id"))
                .take(),
            vec![
                unique("text_reviews", &["kind", "subject_id"]),
                index("text_reviews", &["queued_at", "id"]),
                index("text_reviews", &["status", "submitted_at"]),
                index("text_reviews", &["author_id"]),
            ],
        )
        .await?;
        Ok(())
    }
}
