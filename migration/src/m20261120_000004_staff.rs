//! Staff members and the roles they hold.

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
            table("staff_members")
                .col(id())
                .col(text("username").unique_key().take())
                .col(text("display_name"))
                .col(text("password_hash"))
                .col(word("status", &["active", "disabled"]))
                .col(counter("epoch"))
                .col(counter("failed_logins"))
                .col(instant_null("locked_until"))
                .col(instant_null("last_login_at"))
                .col(instant("created_at"))
                .col(instant("updated_at"))
                .col(counter("version"))
                .take(),
            vec![],
        )
        .await?;
        create(
            manager,
            table("staff_grants")
                .col(id())
                .col(uuid("staff_id"))
                .col(word(
                    "role",
                    &[
                        "hq_admin",
                        "editor",
                        "reviewer",
                        "lab_staff",
                        "case_handler",
                        "province_reporter",
                        "auditor",
                    ],
                ))
                .col(text("scope"))
                .col(instant("created_at"))
                .foreign_key(&mut foreign("staff_id", "staff_members", "id"))
                .take(),
            vec![unique("staff_grants", &["staff_id", "role", "scope"])],
        )
        .await?;
        Ok(())
    }
}
