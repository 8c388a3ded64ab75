//! Who waits for a slot stands in a line that the slot counts; places may be drawn by lot.

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
        line(manager).await?;
        lotteries(manager).await
    }
}

async fn line(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let waiting = counter("waiting").check(Expr::col(name("waiting")).gte(0)).take();
    let columns = [waiting, big("last_waitlist_no").default(0).take()];
    add(manager, "slots", columns).await?;
    manager
        .get_connection()
        .execute_unprepared(
            "UPDATE slots SET \
             waiting = (SELECT COUNT(*) FROM bookings b WHERE b.slot_id = slots.id AND b.status = 'waitlisted'), \
             last_waitlist_no = COALESCE((SELECT MAX(waitlist_no) FROM bookings b WHERE b.slot_id = slots.id), 0)",
        )
        .await
        .map(|_| ())
}

async fn lotteries(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("lotteries")
            .col(id())
            .col(uuid("lab_id"))
            .col(text("title"))
            .col(word("status", &["open", "closed", "drawn", "settled", "cancelled"]))
            .col(instant("opens_at"))
            .col(instant("closes_at"))
            .col(flag("needs_confirmation"))
            // Sealed until the draw, in clear from then on.
            .col(bytes_null("seed_cipher"))
            .col(text_null("seed"))
            .col(text("commitment"))
            .col(int_null("entries"))
            .col(text_null("entries_digest"))
            .col(text_null("order_digest"))
            .col(instant_null("drawn_at"))
            .col(counter("settled_rank"))
            .col(uuid("created_by"))
            .col(instant("created_at"))
            .col(instant("updated_at"))
            .col(counter("version"))
            .foreign_key(&mut foreign("lab_id", "labs", "id"))
            .foreign_key(&mut foreign("created_by", "staff_members", "id"))
            .check(Expr::col(name("seed")).is_null().or(Expr::col(name("seed_cipher")).is_null()))
            .take(),
        vec![
            index("lotteries", &["created_at", "id"]),
            index("lotteries", &["lab_id", "created_at", "id"]),
        ],
    )
    .await?;
    create(
        manager,
        table("lottery_slots")
            .col(uuid("lottery_id"))
            .col(uuid("slot_id"))
            .col(int_null("places"))
            .primary_key(Index::create().col(name("lottery_id")).col(name("slot_id")))
            .foreign_key(&mut foreign("lottery_id", "lotteries", "id"))
            .foreign_key(&mut foreign("slot_id", "slots", "id"))
            .take(),
        vec![],
    )
    .await?;
    create(
        manager,
        table("lottery_entries")
            .col(id())
            .col(uuid("lottery_id"))
            .col(uuid("slot_id"))
            .col(uuid_null("account_id"))
            .col(text_null("product_name"))
            .col(word("status", &["entered", "won", "waiting", "lost"]))
            .col(int_null("rank"))
            .col(uuid_null("booking_id"))
            .col(instant("created_at"))
            .foreign_key(&mut foreign("lottery_id", "lotteries", "id"))
            .foreign_key(&mut foreign("slot_id", "slots", "id"))
            .foreign_key(&mut foreign("account_id", "accounts", "id"))
            .foreign_key(&mut foreign("booking_id", "bookings", "id"))
            .take(),
        vec![
            index("lottery_entries", &["lottery_id", "created_at", "id"]),
            unique("lottery_entries", &["lottery_id", "rank"]),
            index("lottery_entries", &["account_id", "created_at", "id"]),
        ],
    )
    .await?;
    // One entry a person. Drawn ones may meet when two accounts turn out to be one person.
    manager
        .get_connection()
        .execute_unprepared(
            "CREATE UNIQUE INDEX uq_lottery_entries_account ON lottery_entries \
             (lottery_id, account_id) WHERE rank IS NULL",
        )
        .await
        .map(|_| ())
}
