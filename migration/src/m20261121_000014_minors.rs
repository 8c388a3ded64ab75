//! Consents, the age band of an account, guardians of children under 14, and classes with their
//! pseudonymous seats.

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
        accounts(manager).await?;
        consents(manager).await?;
        guardians(manager).await?;
        classes(manager).await
    }
}

async fn accounts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for column in [
        word("kind", &["person", "seat"]).default("person").take(),
        word_null("age_band", &["adult", "teen", "child"]),
        day_null("age_review_on"),
        instant_null("age_review_asked_at"),
        uuid_null("guardian_consent_id"),
    ] {
        let alter = Table::alter().table(name("accounts")).add_column(column).take();
        manager.alter_table(alter).await?;
    }
    manager.create_index(index("accounts", &["age_review_on"])).await
}

async fn consents(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let purposes = ["account_basic", "phone", "real_name", "message_push", "publish", "pass_on"];
    create(
        manager,
        table("consents")
            .col(id())
            .col(uuid("account_id"))
            .col(word("subject_kind", &["account", "complaint"]))
            .col(uuid("subject_id"))
            .col(word("purpose", &purposes))
            .col(int("seq"))
            .col(word("decision", &["given", "withdrawn"]))
            .col(text("notice_version"))
            .col(word("channel", &["mini_program", "h5", "staff", "paper"]))
            .col(uuid("decided_by"))
            .col(text_null("request_id"))
            .col(instant("at"))
            .foreign_key(&mut foreign("account_id", "accounts", "id"))
            .take(),
        vec![
            // The number carries the order: of two decisions at once one is the later.
            unique("consents", &["subject_id", "purpose", "seq"]),
            index("consents", &["account_id"]),
        ],
    )
    .await
}

async fn guardians(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("guardian_invitations")
            .col(uuid("child_id").primary_key().take())
            .col(bytes("code_index").unique_key().take())
            .col(instant("created_at"))
            .col(instant("expires_at"))
            .foreign_key(&mut foreign("child_id", "accounts", "id"))
            .take(),
        vec![index("guardian_invitations", &["expires_at"])],
    )
    .await?;
    create(
        manager,
        table("guardian_consents")
            .col(id())
            .col(uuid("child_id"))
            .col(uuid("guardian_id"))
            .col(word("relation", &["father", "mother", "other_guardian"]))
            .col(text("notice_version"))
            .col(json("statements"))
            .col(word("channel", &["mini_program", "h5", "staff", "paper"]))
            .col(text_null("request_id"))
            .col(instant("given_at"))
            .col(instant_null("ended_at"))
            .col(word_null("ended_because", &["withdrawn", "age", "guardian_left"]))
            .foreign_key(&mut foreign("child_id", "accounts", "id"))
            .foreign_key(&mut foreign("guardian_id", "accounts", "id"))
            .take(),
        vec![
            index("guardian_consents", &["child_id"]),
            index("guardian_consents", &["guardian_id", "given_at", "id"]),
        ],
    )
    .await
}

async fn classes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("classes")
            .col(id())
            .col(uuid("teacher_id"))
            .col(word("status", &["open", "closed"]))
            .col(text("region_code"))
            .col(small("grade"))
            .col(small("number"))
            .col(small("size"))
            .col(bytes_null("code_cipher"))
            .col(bytes_null("code_index").unique_key().take())
            .col(instant_null("code_expires_at"))
            .col(day("expires_on"))
            .col(instant("created_at"))
            .col(instant_null("closed_at"))
            .foreign_key(&mut foreign("teacher_id", "accounts", "id"))
            .foreign_key(&mut foreign("region_code", "regions", "code"))
            .take(),
        vec![
            index("classes", &["teacher_id", "created_at", "id"]),
            index("classes", &["status", "expires_on"]),
        ],
    )
    .await?;
    create(
        manager,
        table("class_seats")
            .col(uuid("account_id").primary_key().take())
            .col(uuid("class_id"))
            .col(small("number"))
            .col(bytes("pin_index"))
            .col(counter("pin_failures"))
            .col(instant("taken_at"))
            .foreign_key(&mut foreign("class_id", "classes", "id"))
            .foreign_key(&mut foreign("account_id", "accounts", "id"))
            .take(),
        vec![unique("class_seats", &["class_id", "number"])],
    )
    .await
}
