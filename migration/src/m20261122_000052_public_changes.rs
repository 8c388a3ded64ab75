//! When the public saw an article change last, who wrote a bulletin, and the ten kinds of products that
//! the plan of 2016 for better consumer goods (消费品质量提升行动) names, which are shelves of their own.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The shelf of the ten, which held the fields of 国办发〔2016〕68号 before.
const KEY_PRODUCTS: &str = "product";
const FIELDS: (&str, &str) = ("product_field", "消费品领域");
const TEN: [(&str, &str); 10] = [
    ("air_purifier", "空气净化器"),
    ("rice_cooker", "电饭煲"),
    ("smart_toilet_seat", "智能马桶盖"),
    ("smartphone", "智能手机"),
    ("diapers", "儿童纸尿裤"),
    ("toys", "儿童玩具"),
    ("childrens_clothing", "婴幼儿童装"),
    ("kitchenware", "厨具"),
    ("bedding", "床上用品"),
    ("furniture", "家具"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        shelves(manager).await?;
        add(manager, "articles", [instant_null("changed_at")]).await?;
        add(manager, "bulletins", [json("editors").default("[]").take()]).await?;
        manager
            .get_connection()
            .execute_unprepared(
                "UPDATE articles SET changed_at = CASE WHEN status <> 'published' THEN updated_at \
                 WHEN corrected_at > published_at THEN corrected_at ELSE published_at END \
                 WHERE published_at IS NOT NULL",
            )
            .await?;
        manager.create_index(index("articles", &["changed_at", "id"])).await
    }
}

async fn shelves(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = || name("article_categories");
    let parent = || name("parent_code");
    let columns = || ["code", "name", "position", "parent_code"].map(name);
    let mut shelves = Query::insert();
    shelves.into_table(table()).columns(columns());
    let (code, title) = FIELDS;
    shelves.values_panic([code.into(), title.into(), 17.into(), Option::<String>::None.into()]);
    manager.execute(shelves).await?;
    let fields = Query::update()
        .table(table())
        .value(parent(), FIELDS.0)
        .and_where(Expr::col(parent()).eq(KEY_PRODUCTS))
        .take();
    manager.execute(fields).await?;
    let mut ten = Query::insert();
    ten.into_table(table()).columns(columns());
    for (position, (code, title)) in (18..).zip(TEN) {
        ten.values_panic([code.into(), title.into(), position.into(), KEY_PRODUCTS.into()]);
    }
    manager.execute(ten).await
}
