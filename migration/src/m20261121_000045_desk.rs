//! The lab's desk: exports, calendar feeds, scans that were made without network, reminders.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What became of a scan.
const OUTCOMES: [&str; 11] = [
    "checked_in",
    "already_checked_in",
    "cancelled_meanwhile",
    "not_confirmed",
    "wrong_day",
    "unknown",
    "wrong_lab",
    "code_invalid",
    "code_expired",
    "too_old",
    "future_clock",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        exports(manager).await?;
        create(
            manager,
            table("calendar_feeds")
                .col(id())
                .col(uuid("lab_id"))
                .col(text("label"))
                .col(bytes("token_hash").unique_key().take())
                .col(uuid("created_by"))
                .col(instant("created_at"))
                .col(uuid_null("revoked_by"))
                .col(instant_null("revoked_at"))
                .foreign_key(&mut foreign("lab_id", "labs", "id"))
                .foreign_key(&mut foreign("created_by", "staff_members", "id"))
                .take(),
            vec![index("calendar_feeds", &["lab_id", "created_at", "id"])],
        )
        .await?;
        create(
            manager,
            table("check_in_scans")
                .col(uuid("lab_id"))
                .col(uuid("scan_id"))
                .col(uuid("booking_id"))
                .col(word("outcome", &OUTCOMES))
                .col(text("device"))
                .col(text_null("place"))
                .col(instant("scanned_at"))
                .col(uuid("synced_by"))
                .col(instant("synced_at"))
                .primary_key(Index::create().col(name("lab_id")).col(name("scan_id")))
                .foreign_key(&mut foreign("lab_id", "labs", "id"))
                .foreign_key(&mut foreign("booking_id", "bookings", "id"))
                .take(),
            vec![index("check_in_scans", &["booking_id"])],
        )
        .await?;
        create(
            manager,
            table("booking_reminders")
                .col(uuid("booking_id"))
                .col(word("kind", &["ahead", "soon"]))
                .col(instant("created_at"))
                .primary_key(Index::create().col(name("booking_id")).col(name("kind")))
                .foreign_key(&mut foreign("booking_id", "bookings", "id"))
                .take(),
            vec![],
        )
        .await?;
        for role in ["lab_staff", "hq_admin", "province_reporter"] {
            permit(manager, role, "booking.statistics").await?;
            permit(manager, role, "booking.export").await?;
        }
        permit(manager, "lab_staff", "calendar_feed.manage").await
    }
}

async fn exports(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("booking_exports")
            .col(id())
            .col(uuid("requested_by"))
            .col(json("filter"))
            .col(json("reach"))
            .col(word("status", &["pending", "ready", "expired", "failed"]))
            .col(int_null("attempt"))
            .col(counter("parts"))
            .col(big("rows").default(0).take())
            .col(big("bytes").default(0).take())
            .col(bytes_null("sha256"))
            .col(instant("created_at"))
            .col(instant_null("finished_at"))
            .col(instant("expires_at"))
            .foreign_key(&mut foreign("requested_by", "staff_members", "id"))
            .take(),
        vec![
            index("booking_exports", &["requested_by", "created_at", "id"]),
            index("booking_exports", &["status", "expires_at"]),
        ],
    )
    .await?;
    manager
        .create_index(
            Index::create()
                .name("uq_booking_exports_pending")
                .table(name("booking_exports"))
                .unique()
                .col(name("requested_by"))
                .and_where(Expr::col(name("status")).eq("pending"))
                .take(),
        )
        .await
}
