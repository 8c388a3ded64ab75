//! What a lab is given and what it finds: samples with their chain of custody, reports in revisions,
//! results by item, leads to dangerous products, alarms, and what people thought of it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const CUSTODY: [&str; 5] = ["received", "in_testing", "stored", "returned", "destroyed"];
const VERDICTS: [&str; 3] = ["pass", "fail", "not_judged"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        samples(manager).await?;
        reports(manager).await?;
        risk_leads(manager).await?;
        after(manager).await?;
        let purposes = [
            "article_image",
            "article_cover",
            "article_document",
            "complaint_evidence",
            "lab_report",
        ];
        reword(manager, "media_files", "purpose", &purposes).await?;
        let holders = ["article", "complaint", "lab_report"];
        reword(manager, "media_files", "holder_kind", &holders).await?;
        for (role, permission) in [
            ("lab_staff", "sample.manage"),
            ("lab_staff", "result.publish"),
            ("hq_admin", "risk_lead.read"),
            ("province_reporter", "risk_lead.read"),
        ] {
            permit(manager, role, permission).await?;
        }
        Ok(())
    }
}

async fn samples(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let quantity = int("quantity").check(Expr::col(name("quantity")).gt(0)).take();
    create(
        manager,
        table("samples")
            .col(id())
            .col(uuid("booking_id"))
            .col(uuid("lab_id"))
            .col(int("position"))
            .col(text("number"))
            .col(text("product_name"))
            .col(text_null("product_class"))
            .col(text_null("brand"))
            .col(text_null("model"))
            .col(text_null("batch"))
            .col(quantity)
            .col(word("status", &CUSTODY))
            .col(instant("received_at"))
            .col(day("due_on"))
            .col(instant("updated_at"))
            .col(counter("version"))
            .foreign_key(&mut foreign("booking_id", "bookings", "id"))
            .foreign_key(&mut foreign("lab_id", "labs", "id"))
            .take(),
        vec![
            unique("samples", &["lab_id", "number"]),
            unique("samples", &["booking_id", "position"]),
            index("samples", &["lab_id", "received_at", "id"]),
            index("samples", &["received_at", "id"]),
        ],
    )
    .await?;
    create(
        manager,
        table("sample_events")
            .col(id())
            .col(uuid("sample_id"))
            .col(int("seq"))
            .col(word_null("from_status", &CUSTODY))
            .col(word("to_status", &CUSTODY))
            .col(uuid("staff_id"))
            .col(text_null("place"))
            .col(instant("at"))
            .foreign_key(&mut foreign("sample_id", "samples", "id"))
            .foreign_key(&mut foreign("staff_id", "staff_members", "id"))
            .take(),
        vec![unique("sample_events", &["sample_id", "seq"])],
    )
    .await?;
    let guards = match manager.get_database_backend() {
        DbBackend::Postgres => [
            "CREATE FUNCTION sample_events_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
            BEGIN
                RAISE EXCEPTION 'the chain of custody is append-only'
                    USING ERRCODE = 'insufficient_privilege';
            END $guard$",
            "CREATE TRIGGER sample_events_guard BEFORE UPDATE OR DELETE ON sample_events \
             FOR EACH ROW EXECUTE FUNCTION sample_events_guard()",
        ],
        _ => [
            "CREATE TRIGGER sample_events_update_guard BEFORE UPDATE ON sample_events \
             BEGIN SELECT RAISE(ABORT, 'the chain of custody is append-only'); END",
            "CREATE TRIGGER sample_events_delete_guard BEFORE DELETE ON sample_events \
             BEGIN SELECT RAISE(ABORT, 'the chain of custody is append-only'); END",
        ],
    };
    for sql in guards {
        manager.get_connection().execute_unprepared(sql).await?;
    }
    Ok(())
}

async fn reports(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("lab_reports")
            .col(id())
            .col(uuid("booking_id"))
            .col(uuid("lab_id"))
            .col(int("revision"))
            .col(word("status", &["valid", "superseded", "withdrawn"]))
            .col(text("code").unique_key().take())
            .col(uuid("media_id"))
            .col(bytes("sha256"))
            .col(word("conclusion", &VERDICTS))
            .col(instant("issued_at"))
            .col(uuid("issued_by"))
            .col(instant_null("ended_at"))
            .col(uuid_null("ended_by"))
            .col(text_null("ended_because"))
            .foreign_key(&mut foreign("booking_id", "bookings", "id"))
            .foreign_key(&mut foreign("lab_id", "labs", "id"))
            .foreign_key(&mut foreign("media_id", "media_files", "id"))
            .foreign_key(&mut foreign("issued_by", "staff_members", "id"))
            .foreign_key(&mut foreign("ended_by", "staff_members", "id"))
            .take(),
        vec![unique("lab_reports", &["booking_id", "revision"]), index("lab_reports", &["sha256"])],
    )
    .await?;
    manager
        .get_connection()
        .execute_unprepared(
            "CREATE UNIQUE INDEX uq_lab_reports_valid ON lab_reports (booking_id) \
             WHERE status = 'valid'",
        )
        .await?;
    create(
        manager,
        table("lab_results")
            .col(id())
            .col(uuid("report_id"))
            .col(uuid("sample_id"))
            .col(int("position"))
            .col(text("item_name"))
            .col(text("standard"))
            .col(text_null("method"))
            .col(text_null("limit_text"))
            .col(text("value_text"))
            .col(text_null("unit"))
            .col(word("verdict", &VERDICTS))
            .col(flag("is_safety"))
            .foreign_key(&mut foreign("report_id", "lab_reports", "id"))
            .foreign_key(&mut foreign("sample_id", "samples", "id"))
            .take(),
        vec![unique("lab_results", &["report_id", "position"])],
    )
    .await
}

async fn risk_leads(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("risk_leads")
            .col(id())
            .col(uuid("result_id"))
            .col(uuid("booking_id"))
            .col(uuid("sample_id"))
            .col(uuid("lab_id"))
            .col(text("region_code"))
            .col(text("product_name"))
            .col(text_null("product_class"))
            .col(text_null("brand"))
            .col(text_null("model"))
            .col(text_null("batch"))
            .col(text("item_name"))
            .col(text("standard"))
            .col(text_null("limit_text"))
            .col(text("value_text"))
            .col(text_null("unit"))
            .col(word("status", &["new", "revoked"]))
            .col(instant("created_at"))
            .col(instant("updated_at"))
            .foreign_key(&mut foreign("result_id", "lab_results", "id"))
            .foreign_key(&mut foreign("booking_id", "bookings", "id"))
            .foreign_key(&mut foreign("sample_id", "samples", "id"))
            .foreign_key(&mut foreign("lab_id", "labs", "id"))
            .foreign_key(&mut foreign("region_code", "regions", "code"))
            .take(),
        vec![
            // A correction that says the same again is the same lead.
            unique("risk_leads", &["sample_id", "item_name", "standard"]),
            index("risk_leads", &["booking_id"]),
            index("risk_leads", &["region_code"]),
            index("risk_leads", &["created_at", "id"]),
        ],
    )
    .await
}

async fn after(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("late_results")
            .col(uuid("booking_id").primary_key().take())
            .col(uuid("lab_id"))
            .col(day("due_on"))
            .col(instant("raised_at"))
            .foreign_key(&mut foreign("booking_id", "bookings", "id"))
            .foreign_key(&mut foreign("lab_id", "labs", "id"))
            .take(),
        vec![
            index("late_results", &["lab_id", "raised_at", "booking_id"]),
            index("late_results", &["raised_at", "booking_id"]),
        ],
    )
    .await?;
    // What the alarm looks through.
    manager
        .get_connection()
        .execute_unprepared(
            "CREATE INDEX ix_bookings_in_lab ON bookings (checked_in_at) \
             WHERE status IN ('checked_in', 'testing')",
        )
        .await?;
    let mark = |column| small(column).check(Expr::col(name(column)).between(1, 5)).take();
    create(
        manager,
        table("satisfactions")
            .col(uuid("booking_id").primary_key().take())
            .col(uuid("lab_id"))
            .col(mark("overall"))
            .col(mark("attitude"))
            .col(mark("speed"))
            .col(mark("clarity"))
            .col(instant("answered_at"))
            .col(instant("updated_at"))
            .foreign_key(&mut foreign("booking_id", "bookings", "id"))
            .foreign_key(&mut foreign("lab_id", "labs", "id"))
            .take(),
        vec![index("satisfactions", &["lab_id", "answered_at"])],
    )
    .await
}
