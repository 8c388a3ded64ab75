//! Jobs, idempotency keys, the audit trail, markers and the shared WeChat token.

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
            table("jobs")
                .col(id())
                .col(text("kind"))
                .col(json("payload"))
                .col(text_null("unique_key"))
                .col(word("status", &["ready", "running", "done", "dead"]))
                .col(instant("run_at"))
                .col(counter("attempts"))
                .col(int("max_attempts"))
                .col(text_null("lease_holder"))
                .col(instant_null("lease_until"))
                .col(text_null("last_error"))
                .col(instant("created_at"))
                .col(instant_null("finished_at"))
                .take(),
            vec![
                index("jobs", &["status", "run_at"]),
                unique("jobs", &["unique_key"]),
                index("jobs", &["finished_at"])
                    .and_where(Expr::col(name("finished_at")).is_not_null())
                    .take(),
            ],
        )
        .await?;
        create(
            manager,
            table("idempotency_keys")
                .col(text("subject"))
                .col(text("key"))
                .col(text("operation"))
                .col(bytes("request_hash"))
                .col(small("status"))
                .col(bytes("body_cipher"))
                .col(instant("created_at"))
                .col(instant("expires_at"))
                .primary_key(Index::create().col(name("subject")).col(name("key")))
                .take(),
            vec![index("idempotency_keys", &["expires_at"])],
        )
        .await?;
        create(
            manager,
            table("audit_entries")
                .col(id())
                .col(instant("at"))
                .col(word("actor_kind", &["resident", "staff", "system"]))
                .col(uuid_null("actor_id"))
                .col(text("action"))
                .col(text("object_kind"))
                .col(text("object_id"))
                .col(text_null("request_id"))
                .col(json_null("details"))
                .take(),
            vec![
                index("audit_entries", &["at"]),
                index("audit_entries", &["object_kind", "object_id"]),
            ],
        )
        .await?;
        create(
            manager,
            table("system_markers")
                .col(text_key("key"))
                .col(text("value"))
                .col(instant("updated_at"))
                .take(),
            vec![],
        )
        .await?;
        create(
            manager,
            table("wechat_tokens")
                .col(text_key("appid"))
                .col(bytes_null("token_cipher"))
                .col(instant_null("issued_at"))
                .col(instant_null("expires_at"))
                .col(instant_null("refresh_at"))
                .col(ColumnDef::new(name("generation")).big_integer().not_null().default(0))
                .col(instant_null("last_forced_at"))
                .col(day_null("forced_on"))
                .col(counter("forced_count"))
                .col(text_null("lease_holder"))
                .col(instant_null("lease_until"))
                .take(),
            vec![],
        )
        .await?;
        Ok(())
    }
}
