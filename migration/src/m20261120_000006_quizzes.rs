//! Quizzes, their questions, and what people answered.

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
            table("quizzes")
                .col(id())
                .col(word("status", &["draft", "published", "closed"]))
                .col(text("title"))
                .col(text("description"))
                .col(int_null("attempts_allowed"))
                .col(int_null("time_limit_secs"))
                .col(instant_null("published_at"))
                .col(instant("created_at"))
                .col(instant("updated_at"))
                .col(counter("version"))
                .take(),
            vec![
                index("quizzes", &["status", "published_at", "id"]),
                index("quizzes", &["created_at", "id"]),
            ],
        )
        .await?;
        create(
            manager,
            table("quiz_items")
                .col(id())
                .col(uuid("quiz_id"))
                .col(int("position"))
                .col(word("kind", &["single", "multiple", "true_false"]))
                .col(text("stem"))
                .col(text("explanation"))
                .col(int("points"))
                .foreign_key(&mut foreign("quiz_id", "quizzes", "id"))
                .take(),
            vec![unique("quiz_items", &["quiz_id", "position"])],
        )
        .await?;
        create(
            manager,
            table("quiz_options")
                .col(id())
                .col(uuid("item_id"))
                .col(int("position"))
                .col(text("text"))
                .col(flag("is_correct"))
                .foreign_key(&mut foreign("item_id", "quiz_items", "id"))
                .take(),
            vec![unique("quiz_options", &["item_id", "position"])],
        )
        .await?;
        create(
            manager,
            table("quiz_attempts")
                .col(id())
                .col(uuid("quiz_id"))
                .col(uuid("account_id"))
                .col(int("attempt_no"))
                .col(word("status", &["in_progress", "submitted", "expired"]))
                .col(json("paper"))
                .col(int_null("points"))
                .col(int("max_points"))
                .col(instant("started_at"))
                .col(instant_null("deadline_at"))
                .col(instant_null("submitted_at"))
                .foreign_key(&mut foreign("quiz_id", "quizzes", "id"))
                .foreign_key(&mut foreign("account_id", "accounts", "id"))
                .take(),
            vec![
                // The number of the attempt carries the limit: two simultaneous starts cannot both
                // be a person's first.
                unique("quiz_attempts", &["quiz_id", "account_id", "attempt_no"]),
                index("quiz_attempts", &["account_id", "started_at", "id"]),
            ],
        )
        .await?;
        manager
            .create_index(
                Index::create()
                    .name("uq_quiz_attempts_in_progress")
                    .table(name("quiz_attempts"))
                    .unique()
                    .col(name("quiz_id"))
                    .col(name("account_id"))
                    .and_where(Expr::col(name("status")).eq("in_progress"))
                    .take(),
            )
            .await?;
        create(
            manager,
            table("attempt_answers")
                .col(uuid("attempt_id"))
                .col(uuid("item_id"))
                .col(json("choices"))
                .col(int("seq"))
                .col(instant("answered_at"))
                .col(flag_null("is_correct"))
                .col(int_null("points"))
                .primary_key(Index::create().col(name("attempt_id")).col(name("item_id")))
                .foreign_key(&mut foreign("attempt_id", "quiz_attempts", "id"))
                .take(),
            vec![],
        )
        .await?;
        Ok(())
    }
}
