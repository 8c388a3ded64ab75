//! The rights of PIPL Art. 45-47: copies of one's data, corrections, closing an account, and what
//! the law keeps of it.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// One row per `column` among those whose status is one of `open`.
async fn one_open(
    manager: &SchemaManager<'_>,
    on: &'static str,
    columns: &[&'static str],
    open: &[&'static str],
) -> Result<(), DbErr> {
    let mut index = Index::create();
    index.name(format!("uq_{on}_open")).table(name(on)).unique();
    for column in columns {
        index.col(name(column));
    }
    let is_open = Expr::col(name("status")).is_in(open.iter().copied());
    manager.create_index(index.and_where(is_open).take()).await
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(
            manager,
            table("data_exports")
                .col(id())
                .col(uuid("account_id"))
                .col(word("status", &["pending", "ready", "expired", "failed"]))
                .col(text("folder"))
                .col(int_null("attempt"))
                .col(int_null("parts"))
                .col(big_null("size_bytes"))
                .col(bytes_null("ticket_hash"))
                .col(instant_null("ticket_expires_at"))
                .col(instant("requested_at"))
                .col(instant_null("ready_at"))
                .col(instant_null("expires_at"))
                .foreign_key(&mut foreign("account_id", "accounts", "id"))
                .take(),
            vec![
                index("data_exports", &["account_id", "requested_at", "id"]),
                index("data_exports", &["status", "expires_at"]),
                unique("data_exports", &["ticket_hash"]),
            ],
        )
        .await?;
        one_open(manager, "data_exports", &["account_id"], &["pending"]).await?;
        create(
            manager,
            table("account_deletions")
                .col(id())
                .col(uuid_null("account_id"))
                .col(uuid_null("subject_id"))
                .col(word("status", &["scheduled", "cancelled", "erasing", "erased"]))
                .col(instant("requested_at"))
                .col(instant("closes_at"))
                .col(instant_null("cancelled_at"))
                .col(instant_null("erased_at"))
                .col(json("outcome"))
                .col(flag("has_open_cases"))
                .foreign_key(&mut foreign("account_id", "accounts", "id"))
                .take(),
            vec![
                index("account_deletions", &["account_id", "requested_at"]),
                index("account_deletions", &["requested_at", "id"]),
            ],
        )
        .await?;
        one_open(manager, "account_deletions", &["account_id"], &["scheduled", "erasing"]).await?;
        create(
            manager,
            table("restricted_records")
                .col(id())
                .col(uuid("subject_id"))
                .col(text("kind"))
                .col(text("row_id"))
                .col(text("law"))
                .col(bytes("content_cipher"))
                .col(instant("restricted_at"))
                .col(instant("keep_until"))
                .take(),
            vec![
                unique("restricted_records", &["kind", "row_id"]),
                index("restricted_records", &["restricted_at", "id"]),
                index("restricted_records", &["keep_until"]),
            ],
        )
        .await?;
        create(
            manager,
            table("correction_requests")
                .col(id())
                .col(uuid("account_id"))
                .col(word("subject_kind", &["complaint"]))
                .col(uuid("subject_id"))
                .col(word(
                    "field",
                    &["complainant_name", "complainant_phone", "complainant_address"],
                ))
                .col(bytes("wish_cipher"))
                .col(word("status", &["pending", "accepted", "refused"]))
                .col(bytes_null("reason_cipher"))
                .col(text("region_code"))
                .col(uuid_null("decided_by"))
                .col(instant_null("decided_at"))
                .col(instant("created_at"))
                .foreign_key(&mut foreign("account_id", "accounts", "id"))
                .foreign_key(&mut foreign("region_code", "regions", "code"))
                .foreign_key(&mut foreign("decided_by", "staff_members", "id"))
                .take(),
            vec![
                index("correction_requests", &["account_id", "created_at", "id"]),
                index("correction_requests", &["region_code", "created_at", "id"]),
                index("correction_requests", &["created_at", "id"]),
            ],
        )
        .await?;
        one_open(manager, "correction_requests", &["subject_id", "field"], &["pending"]).await
    }
}
