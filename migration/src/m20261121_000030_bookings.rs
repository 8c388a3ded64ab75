//! Bookings with all their states: holds, the wait-list, what happens at the lab and after it; places
//! in units, with a quota for those who come by phone or in person.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const STATES: [&str; 14] = [
    "held",
    "pending_lab",
    "confirmed",
    "checked_in",
    "testing",
    "completed",
    "waitlisted",
    "offered",
    "rejected",
    "expired",
    "cancelled_by_user",
    "cancelled_by_lab",
    "no_show",
    "voided",
];

/// Of these a person has one per slot.
const ACTIVE: &str =
    "'held', 'pending_lab', 'confirmed', 'checked_in', 'testing', 'waitlisted', 'offered'";
/// These count towards the quota: a visit that lies ahead.
const AHEAD: &str = "'held', 'pending_lab', 'confirmed', 'offered'";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        bookings(manager).await?;
        slots(manager).await?;
        create(
            manager,
            table("booking_rosters")
                .col(id())
                .col(uuid("booking_id"))
                .col(int("position"))
                .col(text_null("label"))
                .col(bytes_null("name_cipher"))
                .col(instant_null("arrived_at"))
                .foreign_key(&mut foreign("booking_id", "bookings", "id"))
                .take(),
            vec![unique("booking_rosters", &["booking_id", "position"])],
        )
        .await?;
        create(
            manager,
            table("booking_pauses")
                .col(ColumnDef::new(name("account_id")).uuid().not_null().primary_key().take())
                .col(instant("until"))
                .col(text("reason_code"))
                .col(instant("created_at"))
                .foreign_key(&mut foreign("account_id", "accounts", "id"))
                .take(),
            vec![],
        )
        .await?;
        permissions(manager).await
    }
}

/// Who decided could also look.
async fn permissions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .get_connection()
        .execute_unprepared(
            "INSERT INTO role_permissions (role_id, permission) \
             SELECT role_id, 'booking.read' FROM role_permissions WHERE permission = 'booking.decide'",
        )
        .await?;
    for (role, permission) in [
        ("lab_staff", "booking.create"),
        ("lab_staff", "identity.read"),
        ("hq_admin", "booking.read"),
        ("hq_admin", "booking.oversee"),
    ] {
        permit(manager, role, permission).await?;
    }
    Ok(())
}

async fn bookings(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let units = int("units").default(1).check(Expr::col(name("units")).gt(0)).take();
    let channel =
        word("channel", &["online", "phone", "on_site", "staff"]).default("online").take();
    let columns = vec![
        units,
        channel,
        // The end of a hold or an offer.
        instant_null("expires_at"),
        uuid_null("rescheduled_from"),
        counter("moves"),
        bytes_null("beneficiary_cipher"),
        bytes_null("beneficiary_phone_cipher"),
        // Whose place of several under one account or phone; empty is the account's own.
        bytes("person_index").default(Vec::<u8>::new()).take(),
        bytes_null("phone_index"),
        int_null("account_quota_no"),
        int_null("phone_quota_no"),
        text("public_code").default("").take(),
        bytes_null("pin_cipher"),
        uuid_null("booked_by"),
        text_null("parcel_number"),
        instant_null("checked_in_at"),
        uuid_null("checked_in_by"),
        text_null("checked_in_place"),
        text_null("sample_number"),
        instant_null("completed_at"),
        instant_null("priority_until"),
        text_null("reason_code"),
        uuid_null("void_requested_by"),
        instant_null("void_requested_at"),
        uuid_null("voided_by"),
        big_null("waitlist_no"),
    ];
    add(manager, "bookings", columns).await?;
    reword(manager, "bookings", "status", &STATES).await?;
    optional(manager, "bookings", "account_id").await?;
    optional(manager, "bookings", "confirm_by").await?;
    let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
    let random = if is_postgres {
        "upper(substr(replace(gen_random_uuid()::text, '-', ''), 21))"
    } else {
        "hex(randomblob(6))"
    };
    let conn = manager.get_connection();
    conn.execute_unprepared(&format!("UPDATE bookings SET public_code = {random}")).await?;
    conn.execute_unprepared("DROP INDEX uq_bookings_active").await?;
    let unique_where = |index: &str, columns: &str, condition: &str| {
        format!("CREATE UNIQUE INDEX {index} ON bookings ({columns}) WHERE {condition}")
    };
    for sql in [
        unique_where(
            "uq_bookings_active",
            "account_id, slot_id, person_index",
            &format!("status IN ({ACTIVE})"),
        ),
        unique_where(
            "uq_bookings_active_phone",
            "phone_index, slot_id, person_index",
            &format!("account_id IS NULL AND status IN ({ACTIVE})"),
        ),
        // A quota is a set of numbers, and the index gives each of them once.
        unique_where(
            "uq_bookings_account_quota",
            "account_id, account_quota_no",
            &format!("account_quota_no IS NOT NULL AND status IN ({AHEAD})"),
        ),
        unique_where(
            "uq_bookings_phone_quota",
            "phone_index, phone_quota_no",
            &format!("phone_quota_no IS NOT NULL AND status IN ({AHEAD})"),
        ),
        unique_where("uq_bookings_sample", "lab_id, sample_number", "sample_number IS NOT NULL"),
        "CREATE INDEX ix_bookings_waitlist ON bookings (slot_id, waitlist_no) \
         WHERE status = 'waitlisted'"
            .to_owned(),
    ] {
        conn.execute_unprepared(&sql).await?;
    }
    manager.create_index(unique("bookings", &["public_code"])).await
}

async fn slots(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let quota = |column| counter(column).check(Expr::col(name(column)).gte(0)).take();
    let columns = [
        uuid_null("plan_id"),
        uuid_null("stop_id"),
        quota("reserved_units"),
        quota("reserved_used"),
        instant_null("released_at"),
        text_null("district_code"),
        instant_null("district_first_until"),
        uuid_null("lottery_id"),
        instant_null("closes_at"),
    ];
    add(manager, "slots", columns).await?;
    let conn = manager.get_connection();
    for sql in [
        // Several stops may offer one service at one time.
        "DROP INDEX uq_slots_service_id_starts_at",
        "CREATE UNIQUE INDEX uq_slots_service_id_starts_at ON slots (service_id, starts_at) \
         WHERE stop_id IS NULL",
        "CREATE UNIQUE INDEX uq_slots_stop ON slots (stop_id, service_id, starts_at) \
         WHERE stop_id IS NOT NULL",
        "CREATE INDEX ix_slots_plan ON slots (plan_id, starts_at) WHERE plan_id IS NOT NULL",
    ] {
        conn.execute_unprepared(sql).await?;
    }
    Ok(())
}
