//! Warnings, recalls and spot checks as structured records, the sheets they come by, what residents
//! follow, and who was told.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const KINDS: [&str; 4] = ["consumer_warning", "recall", "spot_check", "quality_status"];
const LEVELS: [&str; 4] = ["low", "medium", "high", "serious"];
const PROBABILITIES: [&str; 8] = [
    "every_other",
    "tenth",
    "hundredth",
    "thousandth",
    "ten_thousandth",
    "hundred_thousandth",
    "millionth",
    "rarer",
];
const CLASSES: [&str; 10] = [
    "household_appliances",
    "consumer_electronics",
    "home_decoration",
    "clothing",
    "maternal_elderly_disabled",
    "cosmetics_daily_chemicals",
    "culture_education_sports",
    "traditional_culture",
    "food_related",
    "other",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        imports(manager).await?;
        bulletins(manager).await?;
        products(manager).await?;
        told(manager).await?;
        for (role, permission) in [
            ("editor", "bulletin.read"),
            ("editor", "bulletin.edit"),
            ("reviewer", "bulletin.read"),
            ("reviewer", "bulletin.publish"),
            ("hq_admin", "bulletin.read"),
        ] {
            permit(manager, role, permission).await?;
        }
        Ok(())
    }
}

async fn imports(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("bulletin_imports")
            .col(id())
            .col(uuid("created_by"))
            .col(word("format", &["xlsx", "csv"]))
            .col(word("status", &["checked", "refused", "committed", "expired"]))
            .col(bytes("sha256"))
            .col(int("rows"))
            .col(int("bulletins"))
            .col(int("wrong"))
            .col(json("problems"))
            .col(json_null("content"))
            .col(instant("created_at"))
            .col(instant_null("settled_at"))
            .foreign_key(&mut foreign("created_by", "staff_members", "id"))
            .take(),
        vec![
            index("bulletin_imports", &["created_by", "created_at", "id"]),
            index("bulletin_imports", &["status", "created_at"]),
        ],
    )
    .await
}

async fn bulletins(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("bulletins")
            .col(id())
            .col(word("kind", &KINDS))
            .col(word("status", &["draft", "published", "corrected", "withdrawn"]))
            .col(text_null("number").unique_key().take())
            .col(text("title"))
            .col(text("summary"))
            .col(text_null("hazard"))
            .col(text_null("harm"))
            .col(small_null("severity").check(Expr::col(name("severity")).between(1, 4)).take())
            .col(word_null("probability", &PROBABILITIES))
            .col(word_null("level", &LEVELS))
            .col(text_null("injuries"))
            .col(text_null("measures"))
            .col(json("remedy_options"))
            .col(big_null("number_of_units"))
            .col(text_null("consumer_contact"))
            .col(text("issuing_authority"))
            .col(text_null("source_document"))
            .col(text_null("source_url"))
            .col(day("issued_on"))
            .col(text_null("region_code"))
            .col(text("search_text"))
            .col(uuid_null("import_id"))
            .col(uuid("author_id"))
            .col(uuid_null("edited_by"))
            .col(counter("event_no"))
            .col(text_null("change_note"))
            .col(instant_null("published_at"))
            .col(instant_null("changed_at"))
            .col(instant("created_at"))
            .col(instant("updated_at"))
            .col(counter("version"))
            .foreign_key(&mut foreign("region_code", "regions", "code"))
            .foreign_key(&mut foreign("import_id", "bulletin_imports", "id"))
            .foreign_key(&mut foreign("author_id", "staff_members", "id"))
            .foreign_key(&mut foreign("edited_by", "staff_members", "id"))
            .take(),
        vec![
            index("bulletins", &["published_at", "id"]),
            index("bulletins", &["changed_at", "id"]),
            index("bulletins", &["updated_at", "id"]),
        ],
    )
    .await?;
    create(
        manager,
        table("bulletin_events")
            .col(id())
            .col(uuid("bulletin_id"))
            .col(int("no"))
            .col(word("kind", &["published", "corrected", "withdrawn"]))
            .col(text_null("note"))
            .col(uuid("staff_id"))
            .col(instant("at"))
            .col(uuid_null("reached"))
            .col(instant_null("told_at"))
            .foreign_key(&mut foreign("bulletin_id", "bulletins", "id"))
            .foreign_key(&mut foreign("staff_id", "staff_members", "id"))
            .take(),
        vec![unique("bulletin_events", &["bulletin_id", "no"])],
    )
    .await?;
    create(
        manager,
        table("bulletin_counters").col(text_key("key")).col(big("value")).take(),
        vec![],
    )
    .await
}

async fn products(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("bulletin_products")
            .col(id())
            .col(uuid("bulletin_id"))
            .col(int("position"))
            .col(text("name"))
            .col(word("product_class", &CLASSES))
            .col(text_null("brand"))
            .col(text_null("manufacturer"))
            .col(text_null("retailer"))
            .col(day_null("produced_from"))
            .col(day_null("produced_until"))
            .col(text("name_key"))
            .col(text_null("brand_key"))
            .foreign_key(&mut foreign("bulletin_id", "bulletins", "id"))
            .take(),
        vec![
            unique("bulletin_products", &["bulletin_id", "position"]),
            index("bulletin_products", &["product_class", "bulletin_id"]),
            index("bulletin_products", &["brand_key", "bulletin_id"]),
            index("bulletin_products", &["name_key"]),
        ],
    )
    .await?;
    create(
        manager,
        table("bulletin_product_codes")
            .col(uuid("product_id"))
            .col(word("kind", &["gtin", "model", "batch"]))
            .col(text("code_key"))
            .col(text("code"))
            .col(int("position"))
            .primary_key(
                Index::create().col(name("product_id")).col(name("kind")).col(name("code_key")),
            )
            .foreign_key(&mut foreign("product_id", "bulletin_products", "id"))
            .take(),
        vec![index("bulletin_product_codes", &["kind", "code_key", "product_id"])],
    )
    .await?;
    create(
        manager,
        table("spot_check_items")
            .col(id())
            .col(uuid("product_id"))
            .col(int("position"))
            .col(text("item"))
            .col(text("standard"))
            .col(text("value_text"))
            .col(text_null("limit_text"))
            .col(word("verdict", &["pass", "fail", "not_judged"]))
            .foreign_key(&mut foreign("product_id", "bulletin_products", "id"))
            .take(),
        vec![unique("spot_check_items", &["product_id", "position"])],
    )
    .await
}

async fn told(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("follows")
            .col(id())
            .col(uuid("account_id"))
            .col(word("kind", &["product_class", "brand", "region"]))
            .col(text("value_key"))
            .col(text("value"))
            .col(instant("created_at"))
            .foreign_key(&mut foreign("account_id", "accounts", "id"))
            .take(),
        vec![
            unique("follows", &["account_id", "kind", "value_key"]),
            index("follows", &["account_id", "created_at", "id"]),
            index("follows", &["kind", "value_key", "account_id"]),
        ],
    )
    .await?;
    create(
        manager,
        table("bulletin_notices")
            .col(uuid("bulletin_id"))
            .col(uuid("account_id"))
            .col(int("event_no"))
            .col(instant("first_told_at"))
            .col(instant("told_at"))
            .primary_key(Index::create().col(name("bulletin_id")).col(name("account_id")))
            .foreign_key(&mut foreign("bulletin_id", "bulletins", "id"))
            .foreign_key(&mut foreign("account_id", "accounts", "id"))
            .take(),
        vec![index("bulletin_notices", &["account_id"])],
    )
    .await
}
