//! What a lab is accredited for, what it can test, when it is open and where it stands; services that
//! can be closed; outreach stops.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const SERVICE_KINDS: [&str; 6] = [
    "free_testing",
    "authenticity_check",
    "consultation",
    "sample_drop_off",
    "courier_sample",
    "open_day",
];

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

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        labs(manager).await?;
        accreditations(manager).await?;
        capabilities(manager).await?;
        stops(manager).await?;
        for (role, permission) in [
            ("hq_admin", "lab.edit"),
            ("lab_staff", "lab.edit"),
            ("hq_admin", "stop.manage"),
            ("lab_staff", "stop.manage"),
        ] {
            permit(manager, role, permission).await?;
        }
        Ok(())
    }
}

async fn labs(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = [
        text_null("email"),
        text_null("contact_title"),
        json_null("opening_hours"),
        int_null("latitude_e6"),
        int_null("longitude_e6"),
        // The last day of the longest accreditation in force, so that a booking need not look further.
        day_null("accredited_until"),
    ];
    add(manager, "labs", columns).await?;
    manager.create_index(index("labs", &["created_at", "id"])).await?;
    manager.create_index(index("labs", &["latitude_e6", "longitude_e6"])).await?;
    let status = word("status", &["open", "closed"]).default("open").take();
    add(manager, "lab_services", [status, counter("version")]).await?;
    reword(manager, "lab_services", "kind", &SERVICE_KINDS).await
}

async fn accreditations(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("lab_accreditations")
            .col(id())
            .col(uuid("lab_id"))
            .col(word("kind", &["cma", "cnas"]))
            .col(text("certificate_number"))
            .col(day("issued_on"))
            .col(day("valid_until"))
            .col(text("scope_note"))
            .col(instant("created_at"))
            .col(instant_null("ended_at"))
            .col(word_null("end_reason", &["replaced", "revoked"]))
            .col(uuid_null("replaced_by"))
            .check(Expr::col(name("issued_on")).lte(Expr::col(name("valid_until"))))
            .foreign_key(&mut foreign("lab_id", "labs", "id"))
            .take(),
        vec![index("lab_accreditations", &["lab_id", "created_at"])],
    )
    .await?;
    let sql = "CREATE UNIQUE INDEX uq_lab_accreditations_certificate \
               ON lab_accreditations (kind, certificate_number) WHERE ended_at IS NULL";
    manager.get_connection().execute_unprepared(sql).await.map(|_| ())
}

async fn capabilities(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("lab_capabilities")
            .col(id())
            .col(uuid("lab_id"))
            .col(word("service_kind", &SERVICE_KINDS))
            .col(word("product_class", &PRODUCT_CLASSES))
            .col(text("standard"))
            .col(int("days_needed").check(Expr::col(name("days_needed")).gte(0)).take())
            .foreign_key(&mut foreign("lab_id", "labs", "id"))
            .take(),
        vec![
            unique("lab_capabilities", &["lab_id", "service_kind", "product_class", "standard"]),
            index("lab_capabilities", &["standard", "lab_id"]),
            index("lab_capabilities", &["product_class", "service_kind", "lab_id"]),
        ],
    )
    .await
}

async fn stops(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        manager,
        table("stops")
            .col(id())
            .col(uuid("lab_id"))
            .col(word("kind", &["community", "campus", "township", "hospital"]))
            .col(text("name"))
            .col(text("region_code"))
            .col(text("address"))
            .col(int_null("latitude_e6"))
            .col(int_null("longitude_e6"))
            .col(day("held_on"))
            .col(instant("starts_at"))
            .col(instant("ends_at"))
            .col(word("status", &["planned", "cancelled", "done"]))
            .col(text("note"))
            .col(text_null("cancel_reason_code"))
            .col(text_null("cancel_reason"))
            .col(instant("created_at"))
            .col(instant("updated_at"))
            .col(counter("version"))
            .check(Expr::col(name("starts_at")).lt(Expr::col(name("ends_at"))))
            .foreign_key(&mut foreign("lab_id", "labs", "id"))
            .foreign_key(&mut foreign("region_code", "regions", "code"))
            .take(),
        vec![
            index("stops", &["starts_at", "id"]),
            index("stops", &["held_on", "region_code"]),
            index("stops", &["lab_id", "starts_at", "id"]),
            index("stops", &["latitude_e6", "longitude_e6"]),
        ],
    )
    .await
}
