//! Campaigns and what they group, the banners of the home page, and where an article was published to.

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
        campaigns(manager).await?;
        home_pages(manager).await?;
        publications(manager).await?;
        let holders = ["article", "complaint", "lab_report", "campaign"];
        reword(manager, "media_files", "holder_kind", &holders).await?;
        // Feeds show what changed last.
        manager.create_index(index("articles", &["status", "updated_at", "id"])).await?;
        let of_category = ["status", "category_code", "updated_at", "id"];
        manager.create_index(index("articles", &of_category)).await?;
        for (role, permission) in [
            ("hq_admin", "campaign.manage"),
            ("editor", "campaign.manage"),
            ("hq_admin", "home.manage"),
            ("editor", "home.manage"),
        ] {
            permit(manager, role, permission).await?;
        }
        Ok(())
    }
}

async fn campaigns(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("campaigns")
            .col(id())
            .col(word("kind", &["quality_month", "three_entries", "other"]))
            .col(small("year"))
            .col(text("title"))
            .col(text("theme"))
            .col(text("description"))
            .col(json("slogans"))
            // None: the whole country.
            .col(text_null("region_code"))
            .col(day("starts_on"))
            .col(day("ends_on"))
            .col(uuid_null("cover_id"))
            .col(text_null("cover_alt"))
            .col(word("status", &["draft", "published", "archived"]))
            .col(instant_null("published_at"))
            .col(instant("created_at"))
            .col(instant("updated_at"))
            .col(counter("version"))
            .check(Expr::col(name("starts_on")).lte(Expr::col(name("ends_on"))))
            .foreign_key(&mut foreign("region_code", "regions", "code"))
            .take(),
        vec![
            index("campaigns", &["status", "published_at", "id"]),
            index("campaigns", &["created_at", "id"]),
        ],
    )
    .await?;
    create(
        manager,
        table("campaign_items")
            .col(uuid("campaign_id"))
            .col(small("position"))
            .col(word("kind", &["article", "quiz", "stop"]))
            .col(uuid("item_id"))
            .primary_key(Index::create().col(name("campaign_id")).col(name("position")))
            .foreign_key(&mut foreign("campaign_id", "campaigns", "id"))
            .take(),
        vec![
            unique("campaign_items", &["campaign_id", "kind", "item_id"]),
            index("campaign_items", &["item_id"]),
        ],
    )
    .await
}

/// One row: editors of the page take turns by its version.
async fn home_pages(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("home_pages")
            .col(text_key("code"))
            .col(json("banners"))
            .col(instant("updated_at"))
            .col(counter("version"))
            .take(),
        vec![],
    )
    .await?;
    let sql = "INSERT INTO home_pages (code, banners, updated_at) \
               VALUES ('mini_program', '[]', '2026-11-21 00:00:00+00:00')";
    manager.get_connection().execute_unprepared(sql).await.map(|_| ())
}

async fn publications(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("article_publications")
            .col(id())
            .col(uuid("article_id"))
            .col(word("channel", &["mini_program", "h5", "public_account_draft"]))
            .col(int("revision_number"))
            .col(word("state", &["queued", "sent", "failed", "withdrawn"]))
            .col(text_null("external_id"))
            .col(counter("attempts"))
            .col(text_null("last_error_code"))
            .col(instant_null("next_try_at"))
            .col(instant("created_at"))
            .col(instant("updated_at"))
            .foreign_key(&mut foreign("article_id", "articles", "id"))
            .take(),
        vec![
            unique("article_publications", &["article_id", "channel"]),
            index("article_publications", &["state", "next_try_at"]),
        ],
    )
    .await
}
