//! Plans: rules by which slots are generated, and a state for slots that their plan no longer has.

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
        let positive = |column| int(column).check(Expr::col(name(column)).gt(0)).take();
        let natural = |column| counter(column).check(Expr::col(name(column)).gte(0)).take();
        create(
            manager,
            table("plans")
                .col(id())
                .col(uuid("lab_id"))
                .col(uuid("service_id"))
                .col(text("title"))
                .col(word("status", &["active", "paused", "ended"]))
                .col(text("rrule"))
                .col(day("starts_on"))
                .col(day_null("ends_on"))
                .col(json("windows"))
                .col(positive("slot_minutes"))
                .col(natural("buffer_minutes"))
                .col(positive("capacity"))
                .col(natural("reserved_units"))
                .col(int_null("notice_minutes"))
                .col(positive("horizon_days"))
                .col(int_null("release_days_before"))
                .col(text_null("release_at"))
                .col(natural("district_first_minutes"))
                .col(flag("skips_holidays"))
                .col(flag("runs_on_make_up_days"))
                .col(json("extra_dates"))
                .col(json("blackout_dates"))
                .col(instant("created_at"))
                .col(instant("updated_at"))
                .col(counter("version"))
                // The last change, and how far it got.
                .col(word_null("change_step", &["slots", "generate", "bookings"]))
                .col(instant_null("change_cursor"))
                .col(uuid_null("changed_by"))
                .col(word_null("on_stranded", &["cancel", "move", "keep"]))
                .col(text_null("change_reason"))
                .col(natural("slots_total"))
                .col(natural("slots_done"))
                .col(natural("bookings_moved"))
                .col(natural("bookings_cancelled"))
                .col(natural("bookings_kept"))
                .foreign_key(&mut foreign("lab_id", "labs", "id"))
                .foreign_key(&mut foreign("service_id", "lab_services", "id"))
                .foreign_key(&mut foreign("changed_by", "staff_members", "id"))
                .take(),
            vec![
                index("plans", &["lab_id", "created_at", "id"]),
                index("plans", &["status", "id"]),
            ],
        )
        .await?;
        reword(manager, "slots", "status", &["open", "closed", "withdrawn"]).await
    }
}
