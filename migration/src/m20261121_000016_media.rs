//! Files that people upload.

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
            table("media_files")
                .col(id())
                .col(uuid_null("account_id"))
                .col(uuid_null("staff_id"))
                .col(word(
                    "purpose",
                    &["article_image", "article_cover", "article_document", "complaint_evidence"],
                ))
                .col(word("state", &["pending", "checking", "ready", "rejected", "deleted"]))
                .col(word(
                    "media_type",
                    &["image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf"],
                ))
                .col(int("bytes"))
                .col(bytes_null("sha256"))
                .col(int_null("width"))
                .col(int_null("height"))
                .col(json("renditions"))
                .col(text("storage_key").unique_key().take())
                .col(word_null("holder_kind", &["article", "complaint"]))
                .col(uuid_null("holder_id"))
                .col(flag("is_public"))
                .col(instant("created_at"))
                .col(instant_null("expires_at"))
                .foreign_key(&mut foreign("account_id", "accounts", "id"))
                .foreign_key(&mut foreign("staff_id", "staff_members", "id"))
                .take(),
            vec![
                index("media_files", &["account_id", "holder_id"]),
                index("media_files", &["staff_id", "holder_id"]),
                index("media_files", &["holder_id"]),
                index("media_files", &["expires_at"]),
            ],
        )
        .await
    }
}
