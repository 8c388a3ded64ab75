//! Residents, their WeChat identities, sessions and refresh tokens.

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
            table("accounts")
                .col(id())
                .col(word("status", &["active", "disabled", "deleted"]))
                .col(counter("epoch"))
                .col(word_null("audience", &["resident", "student", "teacher", "other"]))
                .col(text_null("region_code"))
                .col(bytes_null("phone_cipher"))
                .col(bytes_null("phone_index"))
                .col(instant_null("phone_bound_at"))
                .col(instant("created_at"))
                .col(instant("updated_at"))
                .col(counter("version"))
                .foreign_key(&mut foreign("region_code", "regions", "code"))
                .take(),
            vec![index("accounts", &["phone_index"])],
        )
        .await?;
        create(
            manager,
            table("wechat_identities")
                .col(id())
                .col(uuid("account_id"))
                .col(text("appid"))
                .col(text("openid"))
                .col(text_null("unionid"))
                .col(bytes_null("session_key_cipher"))
                .col(instant("created_at"))
                .col(instant("last_login_at"))
                .foreign_key(&mut foreign("account_id", "accounts", "id"))
                .take(),
            vec![
                unique("wechat_identities", &["appid", "openid"]),
                index("wechat_identities", &["unionid"]),
                index("wechat_identities", &["account_id"]),
            ],
        )
        .await?;
        create(
            manager,
            table("login_sessions")
                .col(id())
                .col(word("audience", &["resident", "staff"]))
                .col(uuid("subject_id"))
                .col(instant("created_at"))
                .col(instant("last_refreshed_at"))
                .col(instant("expires_at"))
                .col(instant_null("revoked_at"))
                .col(word_null("revoked_because", &["logout", "token_reuse", "disabled"]))
                .take(),
            vec![
                index("login_sessions", &["subject_id"]),
                index("login_sessions", &["expires_at"]),
            ],
        )
        .await?;
        create(
            manager,
            table("refresh_tokens")
                .col(ColumnDef::new(name("token_hash")).blob().not_null().primary_key())
                .col(uuid("session_id"))
                .col(instant("issued_at"))
                .col(instant("expires_at"))
                .col(instant_null("used_at"))
                .foreign_key(&mut foreign("session_id", "login_sessions", "id"))
                .take(),
            vec![
                index("refresh_tokens", &["session_id"]),
                index("refresh_tokens", &["expires_at"]),
            ],
        )
        .await?;
        Ok(())
    }
}
