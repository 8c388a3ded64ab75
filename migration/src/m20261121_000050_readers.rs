//! What residents keep of articles, how often posters and shares led to them, and questions to
//! experts with the answers that everybody may read.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The fields of 《消费品标准和质量提升规划（2016—2020年）》, and the rest.
const PRODUCT_CLASSES: [&str; 10] = [
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
const QUESTION_STATES: [&str; 7] =
    ["asked", "triaged", "rejected", "redirected", "answered", "published", "withdrawn"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        kept(manager).await?;
        votes(manager).await?;
        posters(manager).await?;
        questions(manager).await?;
        for role in ["hq_admin", "case_handler", "lab_staff", "editor", "reviewer"] {
            permit(manager, role, "question.read").await?;
        }
        for role in ["hq_admin", "case_handler"] {
            permit(manager, role, "question.triage").await?;
        }
        for role in ["case_handler", "lab_staff"] {
            permit(manager, role, "question.answer").await?;
        }
        for role in ["editor", "reviewer"] {
            permit(manager, role, "question.publish").await?;
        }
        Ok(())
    }
}

/// What a resident keeps: favourites and the reading history, and whether the latter is wanted.
async fn kept(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("article_favourites")
            .col(id())
            .col(uuid("account_id"))
            .col(uuid("article_id"))
            .col(instant("created_at"))
            .foreign_key(&mut foreign("account_id", "accounts", "id"))
            .foreign_key(&mut foreign("article_id", "articles", "id"))
            .take(),
        vec![
            unique("article_favourites", &["account_id", "article_id"]),
            index("article_favourites", &["account_id", "created_at", "id"]),
            index("article_favourites", &["article_id"]),
        ],
    )
    .await?;
    create(
        manager,
        table("article_readings")
            .col(id())
            .col(uuid("account_id"))
            .col(uuid("article_id"))
            .col(small("progress").check(Expr::col(name("progress")).between(0, 100)).take())
            .col(instant("read_at"))
            .foreign_key(&mut foreign("account_id", "accounts", "id"))
            .foreign_key(&mut foreign("article_id", "articles", "id"))
            .take(),
        vec![
            unique("article_readings", &["account_id", "article_id"]),
            index("article_readings", &["account_id", "read_at", "id"]),
            index("article_readings", &["read_at"]),
        ],
    )
    .await?;
    create(
        manager,
        table("reader_settings")
            .col(uuid("account_id").primary_key().take())
            .col(flag("keeps_history"))
            .col(instant("updated_at"))
            .foreign_key(&mut foreign("account_id", "accounts", "id"))
            .take(),
        vec![],
    )
    .await
}

async fn votes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("article_votes")
            .col(id())
            .col(uuid("article_id"))
            .col(uuid_null("account_id"))
            .col(flag("is_useful"))
            .col(word_null(
                "reason",
                &["unclear", "outdated", "too_long", "off_topic", "not_trusted"],
            ))
            .col(instant("created_at"))
            .col(instant("updated_at"))
            .foreign_key(&mut foreign("article_id", "articles", "id"))
            .foreign_key(&mut foreign("account_id", "accounts", "id"))
            .take(),
        vec![
            unique("article_votes", &["article_id", "account_id"]),
            index("article_votes", &["account_id"]),
        ],
    )
    .await?;
    create(
        manager,
        table("article_counters")
            .col(uuid("article_id").primary_key().take())
            .col(counter("useful").check(Expr::col(name("useful")).gte(0)).take())
            .col(counter("not_useful").check(Expr::col(name("not_useful")).gte(0)).take())
            .foreign_key(&mut foreign("article_id", "articles", "id"))
            .take(),
        vec![],
    )
    .await?;
    create(
        manager,
        table("article_shares")
            .col(uuid("article_id"))
            .col(word("channel", &["friend", "group", "moments", "link", "poster"]))
            .col(day("shared_on"))
            .col(big("shares"))
            .primary_key(
                Index::create().col(name("article_id")).col(name("channel")).col(name("shared_on")),
            )
            .foreign_key(&mut foreign("article_id", "articles", "id"))
            .take(),
        vec![],
    )
    .await
}

async fn posters(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("poster_codes")
            .col(id())
            .col(text("code").unique_key().take())
            .col(uuid("article_id"))
            .col(text("label"))
            .col(text_null("region_code"))
            .col(uuid("created_by"))
            .col(instant("created_at"))
            .col(instant_null("closed_at"))
            .foreign_key(&mut foreign("article_id", "articles", "id"))
            .foreign_key(&mut foreign("region_code", "regions", "code"))
            .foreign_key(&mut foreign("created_by", "staff_members", "id"))
            .take(),
        vec![index("poster_codes", &["article_id", "created_at", "id"])],
    )
    .await?;
    create(
        manager,
        table("poster_hits")
            .col(uuid("poster_id"))
            .col(day("hit_on"))
            .col(big("hits"))
            .primary_key(Index::create().col(name("poster_id")).col(name("hit_on")))
            .foreign_key(&mut foreign("poster_id", "poster_codes", "id"))
            .take(),
        vec![],
    )
    .await
}

async fn questions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("questions")
            .col(id())
            .col(uuid("account_id"))
            .col(word("status", &QUESTION_STATES))
            .col(word("product_class", &PRODUCT_CLASSES))
            .col(text_null("region_code"))
            .col(bytes("content_cipher"))
            .col(instant("asked_at"))
            .col(day("due_on"))
            .col(uuid_null("lab_id"))
            .col(uuid_null("assignee_id"))
            .col(uuid_null("triaged_by"))
            .col(instant_null("triaged_at"))
            .col(word_null(
                "rejection",
                &["out_of_scope", "unclear", "duplicate", "personal_data", "improper"],
            ))
            .col(bytes_null("answer_cipher"))
            .col(uuid_null("answered_by"))
            .col(instant_null("answered_at"))
            .col(bytes_null("follow_up_cipher"))
            .col(instant_null("followed_up_at"))
            .col(bytes_null("follow_up_answer_cipher"))
            .col(uuid_null("follow_up_answered_by"))
            .col(instant_null("follow_up_answered_at"))
            .col(small_null("rating").check(Expr::col(name("rating")).between(1, 5)).take())
            .col(instant_null("rated_at"))
            .col(instant("updated_at"))
            .col(counter("version"))
            .foreign_key(&mut foreign("account_id", "accounts", "id"))
            .foreign_key(&mut foreign("region_code", "regions", "code"))
            .foreign_key(&mut foreign("lab_id", "labs", "id"))
            .foreign_key(&mut foreign("assignee_id", "staff_members", "id"))
            .foreign_key(&mut foreign("triaged_by", "staff_members", "id"))
            .foreign_key(&mut foreign("answered_by", "staff_members", "id"))
            .foreign_key(&mut foreign("follow_up_answered_by", "staff_members", "id"))
            .take(),
        vec![
            index("questions", &["account_id", "asked_at", "id"]),
            index("questions", &["asked_at", "id"]),
            index("questions", &["status", "due_on"]),
            index("questions", &["region_code"]),
            index("questions", &["lab_id"]),
        ],
    )
    .await?;
    let mut of_question = foreign("question_id", "questions", "id");
    // The asker may leave; what everybody reads was written anew and is nobody's.
    of_question.on_delete(ForeignKeyAction::SetNull);
    create(
        manager,
        table("faqs")
            .col(id())
            .col(uuid_null("question_id"))
            .col(word("status", &["published", "withdrawn"]))
            .col(word("product_class", &PRODUCT_CLASSES))
            .col(text("title"))
            .col(text("question"))
            .col(text("answer"))
            .col(uuid("published_by"))
            .col(instant("published_at"))
            .col(instant_null("corrected_at"))
            .col(word_null("withdrawal", &["outdated", "incorrect", "personal_data", "other"]))
            .col(uuid_null("withdrawn_by"))
            .col(instant_null("withdrawn_at"))
            .col(instant("updated_at"))
            .col(counter("version"))
            .foreign_key(&mut of_question)
            .foreign_key(&mut foreign("published_by", "staff_members", "id"))
            .foreign_key(&mut foreign("withdrawn_by", "staff_members", "id"))
            .take(),
        vec![
            index("faqs", &["status", "published_at", "id"]),
            index("faqs", &["status", "product_class", "published_at", "id"]),
            index("faqs", &["published_at", "id"]),
        ],
    )
    .await?;
    manager
        .create_index(
            Index::create()
                .name("uq_faqs_published")
                .table(name("faqs"))
                .unique()
                .col(name("question_id"))
                .and_where(Expr::col(name("status")).eq("published"))
                .take(),
        )
        .await
}
