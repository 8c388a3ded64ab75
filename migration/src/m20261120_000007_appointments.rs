//! Labs, what they offer, when, and who booked.

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
            table("labs")
                .col(id())
                .col(text("name"))
                .col(text("region_code"))
                .col(text("address"))
                .col(text("phone"))
                .col(text("introduction"))
                .col(word("status", &["active", "suspended"]))
                .col(instant("created_at"))
                .col(instant("updated_at"))
                .col(counter("version"))
                .foreign_key(&mut foreign("region_code", "regions", "code"))
                .take(),
            vec![index("labs", &["region_code"]), unique("labs", &["name"])],
        )
        .await?;
        create(
            manager,
            table("lab_services")
                .col(id())
                .col(uuid("lab_id"))
                .col(word(
                    "kind",
                    &[
                        "free_testing",
                        "authenticity_check",
                        "consultation",
                        "sample_drop_off",
                        "open_day",
                    ],
                ))
                .col(text("name"))
                .col(text("description"))
                .col(instant("created_at"))
                .foreign_key(&mut foreign("lab_id", "labs", "id"))
                .take(),
            vec![unique("lab_services", &["lab_id", "name"])],
        )
        .await?;
        create(
            manager,
            table("slots")
                .col(id())
                .col(uuid("lab_id"))
                .col(uuid("service_id"))
                .col(instant("starts_at"))
                .col(instant("ends_at"))
                .col(day("starts_on"))
                .col(int("capacity").check(Expr::col(name("capacity")).gt(0)).take())
                .col(counter("held"))
                .col(counter("booked"))
                .col(word("status", &["open", "closed"]))
                .col(instant("created_at"))
                .col(counter("version"))
                .check(
                    Expr::col(name("held")).gte(0).and(Expr::col(name("booked")).gte(0)).and(
                        Expr::col(name("held"))
                            .add(Expr::col(name("booked")))
                            .lte(Expr::col(name("capacity"))),
                    ),
                )
                .foreign_key(&mut foreign("lab_id", "labs", "id"))
                .foreign_key(&mut foreign("service_id", "lab_services", "id"))
                .take(),
            vec![
                // Generating slots again is insert-if-absent and never touches a counter.
                unique("slots", &["service_id", "starts_at"]),
                index("slots", &["lab_id", "starts_at", "id"]),
                index("slots", &["starts_at", "id"]),
            ],
        )
        .await?;
        create(
            manager,
            table("bookings")
                .col(id())
                .col(uuid("account_id"))
                .col(uuid("slot_id"))
                .col(uuid("lab_id"))
                .col(uuid("service_id"))
                .col(word(
                    "status",
                    &["pending_lab", "confirmed", "rejected", "cancelled_by_user", "expired"],
                ))
                .col(text("product_name"))
                .col(text_null("reason"))
                .col(instant("confirm_by"))
                .col(instant_null("decided_at"))
                .col(uuid_null("decided_by"))
                .col(instant("created_at"))
                .col(instant("updated_at"))
                .col(counter("version"))
                .foreign_key(&mut foreign("account_id", "accounts", "id"))
                .foreign_key(&mut foreign("slot_id", "slots", "id"))
                .foreign_key(&mut foreign("decided_by", "staff_members", "id"))
                .take(),
            vec![
                index("bookings", &["account_id", "created_at", "id"]),
                index("bookings", &["lab_id", "status", "created_at", "id"]),
                index("bookings", &["lab_id", "created_at", "id"]),
                index("bookings", &["slot_id"]),
            ],
        )
        .await?;
        manager
            .create_index(
                Index::create()
                    .name("uq_bookings_active")
                    .table(name("bookings"))
                    .unique()
                    .col(name("account_id"))
                    .col(name("slot_id"))
                    .and_where(Expr::col(name("status")).is_in(["pending_lab", "confirmed"]))
                    .take(),
            )
            .await?;
        create(
            manager,
            table("booking_events")
                .col(id())
                .col(uuid("booking_id"))
                .col(text_null("from_status"))
                .col(text("to_status"))
                .col(word("actor_kind", &["resident", "staff", "system"]))
                .col(uuid_null("actor_id"))
                .col(text_null("reason"))
                .col(instant("at"))
                .foreign_key(&mut foreign("booking_id", "bookings", "id"))
                .take(),
            vec![index("booking_events", &["booking_id", "at"])],
        )
        .await?;
        Ok(())
    }
}
