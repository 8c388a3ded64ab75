//! The search: documents with an index of each engine's own, their tags, synonyms, and what people
//! look for.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;
use sea_orm_migration::sea_orm::prelude::{DateTimeUtc, Uuid};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Groups that every editor would enter first; the spelling of the second column is that of the
/// tokeniser.
const SYNONYMS: [[(&str, &str); 2]; 2] = [
    [("电动车", "电动车"), ("电动自行车", "电动自行车")],
    [("3C", "3c"), ("强制性产品认证", "强制性产品认证")],
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        documents(manager).await?;
        synonyms(manager).await?;
        create(
            manager,
            table("search_terms")
                .col(id())
                .col(bytewise(manager, "plain").unique_key().take())
                .col(big("count"))
                .col(flag("is_found"))
                .col(instant("first_at"))
                .col(instant("last_at"))
                .take(),
            vec![
                index("search_terms", &["is_found", "last_at", "id"]),
                index("search_terms", &["last_at"]),
            ],
        )
        .await?;
        for (role, permission) in [
            ("hq_admin", "search.read"),
            ("editor", "search.read"),
            ("reviewer", "search.read"),
            ("editor", "search.manage"),
        ] {
            permit(manager, role, permission).await?;
        }
        index_what_there_is(manager).await
    }
}

/// Text that is compared by its bytes, so that both engines find the same by a beginning.
fn bytewise(manager: &SchemaManager<'_>, column: &'static str) -> ColumnDef {
    let mut column = text(column);
    if manager.get_database_backend() == DbBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column
}

async fn documents(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let number = || ColumnDef::new(name("number")).big_integer().not_null().take();
    create(
        manager,
        table("search_documents")
            .col(number().auto_increment().primary_key().take())
            .col(word("kind", &["article", "bulletin", "question"]))
            .col(uuid("ref_id"))
            .col(text("title"))
            .col(text("tags"))
            .col(text("body"))
            .col(bytewise(manager, "title_plain"))
            .col(text("tags_plain"))
            .col(text("body_plain"))
            .col(text_null("category"))
            .col(text_null("product_class"))
            .col(text_null("region_code"))
            .col(text("audiences"))
            .col(instant("published_at"))
            .take(),
        vec![
            unique("search_documents", &["kind", "ref_id"]),
            index("search_documents", &["published_at", "ref_id"]),
            index("search_documents", &["title_plain"]),
        ],
    )
    .await?;
    create(
        manager,
        table("search_tags")
            .col(number())
            .col(bytewise(manager, "plain"))
            .col(bytewise(manager, "tag"))
            .primary_key(Index::create().col(name("number")).col(name("plain")))
            .foreign_key(&mut foreign("number", "search_documents", "number"))
            .take(),
        vec![index("search_tags", &["plain"])],
    )
    .await?;
    let statements: &[&str] = match manager.get_database_backend() {
        DbBackend::Postgres => &[
            "ALTER TABLE search_documents ADD COLUMN tokens tsvector NOT NULL DEFAULT ''",
            // Read far more often than written, and as it is: not compressed, and without a list of
            // what is still to be entered, which every search would have to read.
            "ALTER TABLE search_documents ALTER COLUMN tokens SET STORAGE EXTERNAL",
            // How common a word is must not lead the planner away from the index: what it knows
            // nothing of it takes for rare.
            "ALTER TABLE search_documents ALTER COLUMN tokens SET STATISTICS 0",
            "CREATE INDEX ix_search_documents_tokens ON search_documents USING gin (tokens) \
             WITH (fastupdate = off)",
        ],
        _ => &["CREATE VIRTUAL TABLE search_index USING fts5(tokens, content = '', \
                contentless_delete = 1, detail = none, tokenize = 'ascii')"],
    };
    for sql in statements {
        manager.get_connection().execute_unprepared(sql).await?;
    }
    Ok(())
}

async fn synonyms(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("search_synonyms")
            .col(id())
            .col(instant("created_at"))
            .col(instant("updated_at"))
            .col(counter("version"))
            .take(),
        vec![index("search_synonyms", &["created_at", "id"])],
    )
    .await?;
    create(
        manager,
        table("search_synonym_words")
            .col(text_key("plain"))
            .col(uuid("synonym_id"))
            .col(int("position"))
            .col(text("word"))
            .foreign_key(&mut foreign("synonym_id", "search_synonyms", "id"))
            .take(),
        vec![index("search_synonym_words", &["synonym_id", "position"])],
    )
    .await?;
    // As the service writes it, since lists go on after it: 2026-11-21.
    let made_at = DateTimeUtc::from_timestamp(1_795_219_200, 0).unwrap_or_default();
    for (number, words) in (1_u128..).zip(SYNONYMS) {
        let id = Uuid::from_u128(0x0190_0000_0000_7000_a000_0000_0000_0000 + number);
        let group = Query::insert()
            .into_table(name("search_synonyms"))
            .columns(["id", "created_at", "updated_at"].map(name))
            .values_panic([id.into(), made_at.into(), made_at.into()])
            .take();
        manager.execute(group).await?;
        for (position, (word, plain)) in (0..).zip(words) {
            let row: [Expr; 4] = [plain.into(), id.into(), i32::into(position), word.into()];
            let insert = Query::insert()
                .into_table(name("search_synonym_words"))
                .columns(["plain", "synonym_id", "position", "word"].map(name))
                .values_panic(row)
                .take();
            manager.execute(insert).await?;
        }
    }
    Ok(())
}

/// Has a worker index the articles that are there already.
async fn index_what_there_is(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let id = match manager.get_database_backend() {
        DbBackend::Postgres => "'01900000-0000-7000-a000-000000000047'",
        _ => "X'0190000000007000a000000000000047'",
    };
    let sql = format!(
        "INSERT INTO jobs (id, kind, payload, unique_key, status, run_at, attempts, max_attempts, \
         created_at) SELECT {id}, 'search.reindex', '{{\"after\":null}}', 'search.reindex@47', 'ready', \
         CURRENT_TIMESTAMP, 0, 8, CURRENT_TIMESTAMP WHERE EXISTS (SELECT 1 FROM articles)"
    );
    manager.get_connection().execute_unprepared(&sql).await.map(|_| ())
}
