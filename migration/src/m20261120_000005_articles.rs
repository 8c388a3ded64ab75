//! Articles and the shelves they stand on.

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
            table("article_categories")
                .col(text_key("code"))
                .col(text("name"))
                .col(int("position"))
                .take(),
            vec![],
        )
        .await?;
        let mut shelves = Query::insert();
        shelves
            .into_table(name("article_categories"))
            .columns(["code", "name", "position"].map(name));
        for (position, code, title) in [
            (1, "notice", "通知公告"),
            (2, "knowledge", "质量安全知识"),
            (3, "standard", "标准解读"),
            (4, "warning", "消费警示"),
            (5, "campaign", "活动动态"),
        ] {
            shelves.values_panic([code.into(), title.into(), position.into()]);
        }
        manager.execute(shelves).await?;
        create(
            manager,
            table("articles")
                .col(id())
                .col(word("status", &["draft", "published", "withdrawn"]))
                .col(text("title"))
                .col(text("summary"))
                .col(text("body_markdown"))
                .col(text("body_html"))
                .col(text("category_code"))
                .col(text_null("cover_key"))
                .col(text_null("cover_alt"))
                .col(text_null("issuer"))
                .col(text_null("document_number"))
                .col(day_null("issued_on"))
                .col(text_null("import_key").unique_key().take())
                .col(uuid_null("author_id"))
                .col(instant_null("published_at"))
                .col(instant("created_at"))
                .col(instant("updated_at"))
                .col(counter("version"))
                .foreign_key(&mut foreign("category_code", "article_categories", "code"))
                .foreign_key(&mut foreign("author_id", "staff_members", "id"))
                .take(),
            vec![
                index("articles", &["status", "published_at", "id"]),
                index("articles", &["status", "category_code", "published_at", "id"]),
                index("articles", &["updated_at", "id"]),
            ],
        )
        .await?;
        Ok(())
    }
}
