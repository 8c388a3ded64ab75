//! Staff passwords that age, second factors, WeChat bindings, and sessions that can be recognised.

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
        extend(manager).await?;
        create(
            manager,
            table("staff_password_history")
                .col(id())
                .col(uuid("staff_id"))
                .col(text("password_hash"))
                .col(instant("created_at"))
                .foreign_key(&mut foreign("staff_id", "staff_members", "id"))
                .take(),
            vec![index("staff_password_history", &["staff_id", "created_at"])],
        )
        .await?;
        create(
            manager,
            table("staff_factors")
                .col(ColumnDef::new(name("staff_id")).uuid().not_null().primary_key())
                .col(bytes_null("secret_cipher"))
                .col(instant_null("confirmed_at"))
                .col(big_null("last_used_step"))
                .col(bytes_null("pending_cipher"))
                .col(instant_null("pending_at"))
                .foreign_key(&mut foreign("staff_id", "staff_members", "id"))
                .take(),
            vec![],
        )
        .await?;
        create(
            manager,
            table("staff_recovery_codes")
                .col(id())
                .col(uuid("staff_id"))
                .col(bytes("code_hash"))
                .col(instant("created_at"))
                .col(instant_null("used_at"))
                .foreign_key(&mut foreign("staff_id", "staff_members", "id"))
                .take(),
            vec![unique("staff_recovery_codes", &["staff_id", "code_hash"])],
        )
        .await?;
        create(
            manager,
            table("staff_wechat_bindings")
                .col(id())
                .col(uuid("staff_id"))
                .col(text("appid"))
                .col(text("openid"))
                .col(instant("created_at"))
                .col(instant_null("last_login_at"))
                .foreign_key(&mut foreign("staff_id", "staff_members", "id"))
                .take(),
            vec![
                unique("staff_wechat_bindings", &["appid", "openid"]),
                unique("staff_wechat_bindings", &["staff_id", "appid"]),
            ],
        )
        .await?;
        create(
            manager,
            table("staff_login_tickets")
                .col(ColumnDef::new(name("token_hash")).blob().not_null().primary_key())
                .col(uuid("staff_id"))
                .col(int("epoch"))
                .col(word("door", &["password", "wechat"]))
                .col(instant("created_at"))
                .col(instant("expires_at"))
                .col(instant_null("used_at"))
                .foreign_key(&mut foreign("staff_id", "staff_members", "id"))
                .take(),
            vec![
                index("staff_login_tickets", &["staff_id"]),
                index("staff_login_tickets", &["expires_at"]),
            ],
        )
        .await?;
        create(
            manager,
            table("staff_unknown_logins")
                .col(ColumnDef::new(name("name_index")).blob().not_null().primary_key())
                .col(counter("failed_logins"))
                .col(instant_null("locked_until"))
                .col(instant("updated_at"))
                .take(),
            vec![index("staff_unknown_logins", &["updated_at"])],
        )
        .await
    }
}

/// SQLite adds one column at a time.
async fn extend(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let must_change =
        ColumnDef::new(name("must_change_password")).boolean().not_null().default(false).take();
    for (on, column) in [
        ("staff_members", instant_null("password_changed_at")),
        ("staff_members", must_change),
        ("staff_members", instant_null("last_failed_at")),
        ("login_sessions", instant_null("last_seen_at")),
        ("login_sessions", text_null("device")),
        ("login_sessions", text_null("network")),
    ] {
        manager.alter_table(Table::alter().table(name(on)).add_column(column).take()).await?;
    }
    Ok(())
}
