//! Monitoring points, and the roles that hold at one.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::prelude::Uuid;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const POINT_REPORTER: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_9000_0000_0000_0010);

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(
            manager,
            table("monitoring_points")
                .col(id())
                .col(text("name"))
                .col(word(
                    "kind",
                    &["school", "hospital", "community", "township", "market", "enterprise"],
                ))
                .col(text("region_code"))
                .col(text("address"))
                .col(word("status", &["active", "closed"]))
                .col(instant("created_at"))
                .col(instant("updated_at"))
                .col(counter("version"))
                .foreign_key(&mut foreign("region_code", "regions", "code"))
                .take(),
            vec![
                unique("monitoring_points", &["region_code", "name"]),
                index("monitoring_points", &["created_at", "id"]),
            ],
        )
        .await?;
        reword(manager, "roles", "reach", &["country", "region", "lab", "point"]).await?;
        let role: [Expr; 8] = [
            POINT_REPORTER.into(),
            "point_reporter".into(),
            "监测点人员".into(),
            "business".into(),
            "point".into(),
            true.into(),
            Expr::current_timestamp(),
            Expr::current_timestamp(),
        ];
        let columns =
            ["id", "code", "name", "duty", "reach", "is_built_in", "created_at", "updated_at"];
        let insert = Query::insert()
            .into_table(name("roles"))
            .columns(columns.map(name))
            .values_panic(role)
            .take();
        manager.execute(insert).await?;
        for (code, permission) in [
            ("hq_admin", "monitoring_point.read"),
            ("hq_admin", "monitoring_point.manage"),
            ("province_reporter", "monitoring_point.read"),
            ("province_reporter", "monitoring_point.manage"),
            ("point_reporter", "monitoring_point.read"),
        ] {
            permit(manager, code, permission).await?;
        }
        Ok(())
    }
}
