//! The audit trail is signed, chained and guarded against change; exports of it; the progress of key
//! rotations.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Every column of an entry that is never written again.
const CONTENT: [&str; 15] = [
    "id",
    "at",
    "actor_kind",
    "actor_id",
    "action",
    "object_kind",
    "object_id",
    "outcome",
    "request_id",
    "session_id",
    "client",
    "before_digest",
    "after_digest",
    "details",
    "mac",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        entries(manager).await?;
        create(
            manager,
            table("audit_chain")
                .col(
                    ColumnDef::new(name("id"))
                        .small_integer()
                        .not_null()
                        .primary_key()
                        .check(Expr::col(name("id")).eq(1)),
                )
                .col(big("start_seq"))
                .col(bytes("start_link"))
                .col(big("head_seq"))
                .col(bytes("head_link"))
                .col(instant("sealed_at"))
                .col(bytes("mac"))
                .take(),
            vec![],
        )
        .await?;
        create(
            manager,
            table("audit_exports")
                .col(id())
                .col(uuid("requested_by"))
                .col(word("format", &["csv", "jsonl"]))
                .col(json("filter"))
                .col(word("status", &["pending", "ready", "failed", "expired"]))
                .col(counter("parts"))
                .col(big("rows"))
                .col(big("bytes"))
                .col(bytes_null("sha256"))
                .col(big_null("head_seq"))
                .col(bytes_null("head_link"))
                .col(instant("created_at"))
                .col(instant_null("finished_at"))
                .col(instant("expires_at"))
                .foreign_key(&mut foreign("requested_by", "staff_members", "id"))
                .take(),
            vec![
                index("audit_exports", &["created_at", "id"]),
                index("audit_exports", &["status", "expires_at"]),
                // One at a time for each auditor.
                unique("audit_exports", &["requested_by"])
                    .and_where(Expr::col(name("status")).eq("pending"))
                    .take(),
            ],
        )
        .await?;
        create(
            manager,
            table("crypto_rotations")
                .col(text_key("field"))
                .col(text("target"))
                .col(word("status", &["running", "blocked", "done"]))
                .col(text_null("cursor"))
                .col(big("changed"))
                .col(big("changed_in_pass"))
                .col(big("unreadable"))
                .col(instant("started_at"))
                .col(instant("updated_at"))
                .take(),
            vec![],
        )
        .await?;
        let guards = match manager.get_database_backend() {
            DbBackend::Postgres => postgres_guards(),
            _ => sqlite_guards(),
        };
        for guard in guards {
            manager.get_connection().execute_unprepared(&guard).await?;
        }
        Ok(())
    }
}

async fn entries(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
    // A row from before this migration has no signature, and verification says so.
    let nothing = Expr::cust(if is_postgres { "''" } else { "X''" });
    let success = ["success", "refused", "failed"];
    for mut column in [
        word("outcome", &success).default("success").take(),
        uuid_null("session_id"),
        bytes_null("address_cipher"),
        word_null("client", &["mini_program", "wechat", "browser", "program"]),
        bytes_null("before_digest"),
        bytes_null("after_digest"),
        bytes("mac").default(nothing).take(),
        big_null("seq"),
        bytes_null("link"),
    ] {
        let add = Table::alter().table(name("audit_entries")).add_column(&mut column).take();
        manager.alter_table(add).await?;
    }
    // Each of these is the beginning of one that is wider.
    for old in ["ix_audit_entries_at", "ix_audit_entries_object_kind_object_id"] {
        let drop = Index::drop().name(old).table(name("audit_entries")).to_owned();
        manager.drop_index(drop).await?;
    }
    let unsealed = Expr::col(name("seq")).is_null();
    for index in [
        unique("audit_entries", &["seq"]),
        index("audit_entries", &["at", "id"]),
        index("audit_entries", &["actor_id", "at", "id"]),
        index("audit_entries", &["object_kind", "object_id", "at", "id"]),
        index("audit_entries", &["request_id"]),
        Index::create()
            .name("ix_audit_entries_unsealed")
            .table(name("audit_entries"))
            .col(name("at"))
            .col(name("id"))
            .and_where(unsealed)
            .take(),
    ] {
        manager.create_index(index).await?;
    }
    // A family of actions is asked for by its beginning, in whatever order the database collates.
    let operators = if is_postgres { " text_pattern_ops" } else { "" };
    let by_action = format!(
        "CREATE INDEX \"ix_audit_entries_action_at_id\" ON \"audit_entries\" (\"action\"{operators}, \"at\", \"id\")"
    );
    manager.get_connection().execute_unprepared(&by_action).await.map(|_| ())
}

/// `OLD.a <op> NEW.a OR …` over the content.
fn any_differs(operator: &str) -> String {
    let pairs = CONTENT.map(|column| format!("OLD.\"{column}\" {operator} NEW.\"{column}\""));
    pairs.join(" OR ")
}

/// The same three rules on both engines: an entry's content stays; its place in the chain is given
/// once; it goes only when the chain's start has passed it. And the chain's ends move forwards only.
fn postgres_guards() -> Vec<String> {
    let changed = any_differs("IS DISTINCT FROM");
    vec![
        format!(
            "CREATE FUNCTION audit_entries_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
            BEGIN
                IF TG_OP = 'DELETE' THEN
                    IF OLD.seq <= (SELECT start_seq FROM audit_chain) THEN RETURN OLD; END IF;
                ELSIF TG_OP = 'UPDATE' THEN
                    IF NOT ({changed} OR (OLD.address_cipher IS NULL) <> (NEW.address_cipher IS NULL)
                        OR (OLD.seq IS NOT NULL AND (OLD.seq, OLD.link) IS DISTINCT FROM (NEW.seq, NEW.link)))
                    THEN RETURN NEW; END IF;
                END IF;
                RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'insufficient_privilege';
            END $guard$"
        ),
        "CREATE TRIGGER audit_entries_guard BEFORE UPDATE OR DELETE ON audit_entries \
         FOR EACH ROW EXECUTE FUNCTION audit_entries_guard()"
            .to_owned(),
        "CREATE TRIGGER audit_entries_truncate_guard BEFORE TRUNCATE ON audit_entries \
         FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_guard()"
            .to_owned(),
        "CREATE FUNCTION audit_chain_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                IF NEW.start_seq >= OLD.start_seq AND NEW.head_seq >= OLD.head_seq
                    AND NEW.start_seq <= NEW.head_seq THEN RETURN NEW; END IF;
            END IF;
            RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'insufficient_privilege';
        END $guard$"
            .to_owned(),
        "CREATE TRIGGER audit_chain_guard BEFORE UPDATE OR DELETE ON audit_chain \
         FOR EACH ROW EXECUTE FUNCTION audit_chain_guard()"
            .to_owned(),
        "CREATE TRIGGER audit_chain_truncate_guard BEFORE TRUNCATE ON audit_chain \
         FOR EACH STATEMENT EXECUTE FUNCTION audit_chain_guard()"
            .to_owned(),
    ]
}

fn sqlite_guards() -> Vec<String> {
    let refuse = "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END";
    let changed = any_differs("IS NOT");
    vec![
        format!(
            "CREATE TRIGGER audit_entries_update_guard BEFORE UPDATE ON audit_entries \
             WHEN {changed} OR (OLD.address_cipher IS NULL) <> (NEW.address_cipher IS NULL) \
             OR (OLD.seq IS NOT NULL AND (OLD.seq IS NOT NEW.seq OR OLD.link IS NOT NEW.link)) {refuse}"
        ),
        format!(
            "CREATE TRIGGER audit_entries_delete_guard BEFORE DELETE ON audit_entries \
             WHEN OLD.seq IS NULL OR OLD.seq > COALESCE((SELECT start_seq FROM audit_chain), 0) {refuse}"
        ),
        format!(
            "CREATE TRIGGER audit_chain_update_guard BEFORE UPDATE ON audit_chain \
             WHEN NEW.start_seq < OLD.start_seq OR NEW.head_seq < OLD.head_seq \
             OR NEW.start_seq > NEW.head_seq {refuse}"
        ),
        format!("CREATE TRIGGER audit_chain_delete_guard BEFORE DELETE ON audit_chain {refuse}"),
    ]
}
