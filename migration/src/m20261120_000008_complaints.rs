//! Consumer complaints (投诉) and their timeline.

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
            table("complaints")
                .col(id())
                .col(text("number").unique_key().take())
                .col(uuid("account_id"))
                .col(word("status", &["submitted", "accepted", "not_accepted", "withdrawn"]))
                .col(text("region_code"))
                .col(text("respondent_name"))
                .col(text("respondent_address"))
                .col(word(
                    "demand",
                    &[
                        "repair",
                        "redo",
                        "replace",
                        "return",
                        "make_up_quantity",
                        "refund",
                        "compensation",
                    ],
                ))
                .col(text("facts"))
                .col(big_null("amount_fen"))
                .col(day_null("purchased_on"))
                .col(bytes("complainant_name_cipher"))
                .col(bytes("complainant_phone_cipher"))
                .col(bytes("complainant_address_cipher"))
                .col(flag("is_publishable"))
                .col(flag("is_delegable"))
                .col(instant("received_at"))
                .col(day("received_on"))
                .col(day("accept_due_on"))
                .col(small_null("refusal_ground"))
                .col(instant_null("decided_at"))
                .col(uuid_null("decided_by"))
                .col(instant("updated_at"))
                .col(counter("version"))
                .foreign_key(&mut foreign("account_id", "accounts", "id"))
                .foreign_key(&mut foreign("region_code", "regions", "code"))
                .foreign_key(&mut foreign("decided_by", "staff_members", "id"))
                .take(),
            vec![
                index("complaints", &["account_id", "received_at", "id"]),
                index("complaints", &["region_code", "received_at", "id"]),
                index("complaints", &["received_at", "id"]),
            ],
        )
        .await?;
        create(
            manager,
            table("complaint_events")
                .col(id())
                .col(uuid("complaint_id"))
                .col(text_null("from_status"))
                .col(text("to_status"))
                .col(word("actor_kind", &["resident", "staff", "system"]))
                .col(uuid_null("actor_id"))
                .col(text_null("note"))
                .col(instant("at"))
                .foreign_key(&mut foreign("complaint_id", "complaints", "id"))
                .take(),
            vec![index("complaint_events", &["complaint_id", "at"])],
        )
        .await?;
        Ok(())
    }
}
