//! How articles come about: revisions that never change, reviews, steps, and what an article says of
//! itself beyond its text. What is there becomes the first revision of its article.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::prelude::{Date, DateTimeUtc, Uuid};
use sea_orm_migration::sea_orm::{QueryResult, Statement};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const STATUSES: [&str; 5] = ["draft", "published", "unpublished", "expired", "withdrawn"];
const STAGES: [&str; 6] =
    ["draft", "in_review", "changes_requested", "approved", "scheduled", "done"];
const STEPS: [&str; 13] = [
    "written",
    "submitted",
    "recalled",
    "changes_requested",
    "approved",
    "scheduled",
    "schedule_cancelled",
    "schedule_failed",
    "published",
    "corrected",
    "unpublished",
    "expired",
    "withdrawn",
];

/// The fields of consumer goods of 国办发〔2016〕68号, and what is in none, as shelves below one of their own.
const SHELVES: [(&str, &str); 10] = [
    ("household_appliances", "家用电器"),
    ("consumer_electronics", "消费类电子产品"),
    ("home_decoration", "家居装饰装修产品"),
    ("clothing", "服装服饰产品"),
    ("maternal_elderly_disabled", "妇幼老年及残疾人用品"),
    ("cosmetics_daily_chemicals", "化妆品和日用化学品"),
    ("culture_education_sports", "文教体育休闲用品"),
    ("traditional_culture", "传统文化产品"),
    ("food_related", "食品及相关产品"),
    ("other", "其他消费品"),
];
const PARENT: (&str, &str) = ("product", "重点消费品");

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        shelves(manager).await?;
        reword(manager, "articles", "status", &STATUSES).await?;
        article_columns(manager).await?;
        tables(manager).await?;
        first_revisions(manager).await?;
        // A text that was taken back before left no notice, and could be published again.
        let conn = manager.get_connection();
        for sql in [
            "UPDATE articles SET status = 'unpublished' WHERE status = 'withdrawn'",
            "UPDATE articles SET stage = 'done' WHERE status = 'published'",
        ] {
            conn.execute_unprepared(sql).await?;
        }
        permit(manager, "reviewer", "article.review").await
    }
}

async fn shelves(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    add(manager, "article_categories", [text_null("parent_code")]).await?;
    let mut shelves = Query::insert();
    shelves
        .into_table(name("article_categories"))
        .columns(["code", "name", "position", "parent_code"].map(name));
    let (code, title) = PARENT;
    shelves.values_panic([code.into(), title.into(), 6.into(), Option::<String>::None.into()]);
    for (position, (code, title)) in (7..).zip(SHELVES) {
        shelves.values_panic([code.into(), title.into(), position.into(), PARENT.0.into()]);
    }
    manager.execute(shelves).await
}

async fn article_columns(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let kinds = ["article", "handbook", "video", "comic", "slides"];
    let classes = SHELVES.map(|(code, _)| code);
    let columns = vec![
        word("kind", &kinds).default("article").take(),
        word("body_format", &["markdown", "html"]).default("markdown").take(),
        text("body_text").default("").take(),
        int("reading_minutes").default(1).take(),
        json("toc").default("[]").take(),
        json("media").default("[]").take(),
        int_null("cover_width"),
        int_null("cover_height"),
        text_null("video_url"),
        word_null("product_class", &classes),
        json("tags").default("[]").take(),
        json("standards").default("[]").take(),
        json("audiences").default("[]").take(),
        text_null("region_code"),
        text_null("source"),
        text_null("responsible_unit"),
        uuid_null("quiz_id"),
        uuid_null("service_id"),
        instant_null("expire_at"),
        word("stage", &STAGES).default("draft").take(),
        counter("state_seq"),
        uuid_null("latest_revision_id"),
        uuid_null("live_revision_id"),
        counter("published_number"),
        instant_null("publish_at"),
        uuid_null("scheduled_by"),
        text_null("schedule_note"),
        text_null("schedule_error"),
        instant_null("corrected_at"),
        instant_null("withdrawn_at"),
        text_null("notice"),
        uuid_null("updated_by"),
    ];
    add(manager, "articles", columns).await?;
    manager.create_index(index("articles", &["stage", "publish_at"])).await?;
    manager.create_index(index("articles", &["status", "expire_at"])).await
}

async fn tables(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("article_revisions")
            .col(id())
            .col(uuid("article_id"))
            .col(int("number"))
            .col(text("title"))
            .col(json("content"))
            .col(text("body_html"))
            .col(text("body_text"))
            .col(int("reading_minutes"))
            .col(json("toc"))
            .col(json("media"))
            .col(int_null("cover_width"))
            .col(int_null("cover_height"))
            .col(uuid_null("author_id"))
            .col(instant("created_at"))
            .col(bytes("digest"))
            .foreign_key(&mut foreign("article_id", "articles", "id"))
            .foreign_key(&mut foreign("author_id", "staff_members", "id"))
            .take(),
        vec![
            unique("article_revisions", &["article_id", "number"]),
            index("article_revisions", &["article_id", "created_at", "id"]),
        ],
    )
    .await?;
    create(
        manager,
        table("article_reviews")
            .col(id())
            .col(uuid("article_id"))
            .col(uuid("revision_id"))
            .col(word("status", &["running", "approved", "changes_requested", "cancelled"]))
            .col(int("version"))
            .col(uuid("submitted_by"))
            .col(instant("submitted_at"))
            .col(int("acknowledged"))
            .col(uuid_null("decided_by"))
            .col(instant_null("decided_at"))
            .col(text_null("note"))
            .foreign_key(&mut foreign("article_id", "articles", "id"))
            .foreign_key(&mut foreign("revision_id", "article_revisions", "id"))
            .foreign_key(&mut foreign("submitted_by", "staff_members", "id"))
            .take(),
        vec![unique("article_reviews", &["article_id", "version"])],
    )
    .await?;
    let sql = "CREATE UNIQUE INDEX uq_article_reviews_running \
               ON article_reviews (article_id) WHERE status = 'running'";
    manager.get_connection().execute_unprepared(sql).await?;
    create(
        manager,
        table("article_steps")
            .col(id())
            .col(uuid("article_id"))
            .col(uuid("revision_id"))
            .col(int("revision_number"))
            .col(word("step", &STEPS))
            .col(uuid_null("staff_id"))
            .col(text_null("note"))
            .col(instant("at"))
            .foreign_key(&mut foreign("article_id", "articles", "id"))
            .foreign_key(&mut foreign("revision_id", "article_revisions", "id"))
            .foreign_key(&mut foreign("staff_id", "staff_members", "id"))
            .take(),
        vec![index("article_steps", &["article_id", "at", "id"])],
    )
    .await?;
    let key = Index::create().col(name("article_id")).col(name("kind")).col(name("label")).take();
    create(
        manager,
        table("article_labels")
            .col(uuid("article_id"))
            .col(word("kind", &["tag", "standard", "audience"]))
            .col(text("label"))
            .primary_key(&mut key.clone())
            .foreign_key(&mut foreign("article_id", "articles", "id"))
            .take(),
        vec![index("article_labels", &["kind", "label", "article_id"])],
    )
    .await
}

/// What an editor had written, in the order of the fields that the digest covers.
#[derive(Serialize)]
struct Content {
    title: String,
    summary: String,
    body_format: &'static str,
    body: String,
    category: String,
    kind: &'static str,
    product_class: Option<String>,
    tags: [String; 0],
    standards: [String; 0],
    audiences: [String; 0],
    region_code: Option<String>,
    source: Option<String>,
    issuer: Option<String>,
    document_number: Option<String>,
    issued_on: Option<Date>,
    responsible_unit: Option<String>,
    cover: Option<Cover>,
    media: [String; 0],
    video_url: Option<String>,
    quiz_id: Option<Uuid>,
    service_id: Option<Uuid>,
    expire_at: Option<DateTimeUtc>,
}

#[derive(Serialize)]
struct Cover {
    media_id: String,
    alt: String,
}

async fn first_revisions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let conn = manager.get_connection();
    let all = Statement::from_string(manager.get_database_backend(), "SELECT * FROM articles");
    for row in conn.query_all_raw(all).await? {
        first_revision(manager, &row).await?;
    }
    Ok(())
}

async fn first_revision(manager: &SchemaManager<'_>, row: &QueryResult) -> Result<(), DbErr> {
    let of = |column: &str| row.try_get::<String>("", column);
    let maybe = |column: &str| row.try_get::<Option<String>>("", column);
    let cover =
        maybe("cover_key")?.zip(maybe("cover_alt")?).map(|(media_id, alt)| Cover { media_id, alt });
    let content = Content {
        title: of("title")?,
        summary: of("summary")?,
        body_format: "markdown",
        body: of("body_markdown")?,
        category: of("category_code")?,
        kind: "article",
        product_class: None,
        tags: [],
        standards: [],
        audiences: [],
        region_code: None,
        source: None,
        issuer: maybe("issuer")?,
        document_number: maybe("document_number")?,
        issued_on: row.try_get("", "issued_on")?,
        responsible_unit: None,
        cover,
        media: [],
        video_url: None,
        quiz_id: None,
        service_id: None,
        expire_at: None,
    };
    let broken = |cause: serde_json::Error| DbErr::Json(cause.to_string());
    let digest = Sha256::digest(serde_json::to_vec(&content).map_err(broken)?).to_vec();
    let document = serde_json::to_value(&content).map_err(broken)?;
    let (id, html): (Uuid, String) = (row.try_get("", "id")?, of("body_html")?);
    let body_text = plain(&html);
    // At most 100,000 characters were ever taken.
    let minutes: i32 = std::cmp::max(body_text.chars().count().div_ceil(400), 1)
        .try_into()
        .map_err(|cause| DbErr::Migration(format!("{cause:?}")))?;
    let changed_at: DateTimeUtc = row.try_get("", "updated_at")?;
    let author: Option<Uuid> = row.try_get("", "author_id")?;
    let empty = serde_json::Value::Array(Vec::new());
    let mut insert = Query::insert();
    insert
        .into_table(name("article_revisions"))
        .columns(
            [
                "id",
                "article_id",
                "number",
                "title",
                "content",
                "body_html",
                "body_text",
                "reading_minutes",
                "toc",
                "media",
                "author_id",
                "created_at",
                "digest",
            ]
            .map(name),
        )
        .values_panic([
            // The first revision goes by the id of its article.
            id.into(),
            id.into(),
            1.into(),
            content.title.into(),
            document.into(),
            html.into(),
            body_text.clone().into(),
            minutes.into(),
            empty.clone().into(),
            empty.into(),
            author.into(),
            changed_at.into(),
            digest.into(),
        ]);
    manager.execute(insert).await?;
    let status = of("status")?;
    let was_public = i32::from(status != "draft");
    let live = (status == "published").then_some(id);
    let mut update = Query::update();
    update
        .table(name("articles"))
        .value(name("latest_revision_id"), id)
        .value(name("live_revision_id"), live)
        .value(name("published_number"), was_public)
        .value(name("body_text"), body_text)
        .value(name("reading_minutes"), minutes)
        .and_where(Expr::col(name("id")).eq(id));
    manager.execute(update).await
}

/// The text of sanitised HTML: there is no `<` in it but of a tag.
fn plain(html: &str) -> String {
    let text: String = html
        .split('<')
        .map(|part| part.split_once('>').map_or(part, |(_, text)| text))
        .collect::<Vec<_>>()
        .join("");
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ");
    text.replace("&quot;", "\"").replace("&amp;", "&").trim().to_owned()
}
