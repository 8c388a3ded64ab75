//! One person, several doors: what joins them, accounts that became part of another, contradictions
//! for an operator, and real names.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// A unionid that one account alone has becomes that account's.
const JOIN: &str = "UPDATE accounts SET unionid = \
    (SELECT MIN(i.unionid) FROM wechat_identities i WHERE i.account_id = accounts.id) \
    WHERE status <> 'deleted' AND NOT EXISTS (SELECT 1 FROM wechat_identities i \
    JOIN wechat_identities o ON o.unionid = i.unionid AND o.account_id <> i.account_id \
    WHERE i.account_id = accounts.id)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (on, column) in [
            ("accounts", text_null("unionid")),
            ("accounts", bytes_null("school_name_cipher")),
            ("accounts", uuid_null("merged_into")),
            ("login_sessions", word_null("door", &["mini_program", "h5"])),
        ] {
            let change = Table::alter().table(name(on)).add_column(column).take();
            manager.alter_table(change).await?;
        }
        manager.get_connection().execute_unprepared(JOIN).await?;
        // Partial, so that no foreign key can mean it: PostgreSQL then changes a unionid without
        // making those wait who add rows that refer to the account.
        let once = unique("accounts", &["unionid"])
            .and_where(Expr::col(name("unionid")).is_not_null())
            .take();
        manager.create_index(once).await?;
        manager.create_index(index("accounts", &["merged_into"])).await?;
        create(
            manager,
            table("account_conflicts")
                .col(id())
                .col(word(
                    "kind",
                    &["other_unionid", "second_unionid", "minors_differ", "real_names_differ"],
                ))
                .col(uuid("account_id"))
                .col(uuid_null("identity_id"))
                .col(text_null("unionid"))
                .col(int("seen_count"))
                .col(instant("created_at"))
                .col(instant("last_seen_at"))
                .col(word_null("decision", &["keep", "adopt"]))
                .col(instant_null("decided_at"))
                .col(uuid_null("decided_by"))
                .foreign_key(&mut foreign("account_id", "accounts", "id"))
                .foreign_key(&mut foreign("decided_by", "staff_members", "id"))
                .take(),
            vec![
                unique("account_conflicts", &["identity_id", "unionid", "kind"]),
                index("account_conflicts", &["account_id"]),
                index("account_conflicts", &["created_at", "id"]),
            ],
        )
        .await?;
        create(
            manager,
            table("real_names")
                .col(ColumnDef::new(name("account_id")).uuid().not_null().primary_key())
                .col(word("purpose", &["complaint"]))
                .col(bytes("name_cipher"))
                .col(bytes("id_number_cipher"))
                .col(bytes("id_number_index"))
                .col(instant("given_at"))
                .foreign_key(&mut foreign("account_id", "accounts", "id"))
                .take(),
            vec![index("real_names", &["id_number_index"])],
        )
        .await
    }
}
