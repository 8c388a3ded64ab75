//! Roles as data. The three administrators of 等保2.0 level 3 are roles of their own: what
//! `hq_admin` could do to accounts, rights and jobs goes to `system_admin` and `security_admin`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::prelude::Uuid;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The roles the service brings: code, name, duty, reach, permissions.
const BUILT_IN: [(&str, &str, &str, &str, &[&str]); 9] = [
    (
        "system_admin",
        "系统管理员",
        "system",
        "country",
        &["staff.read", "staff.manage", "role.read", "job.manage"],
    ),
    (
        "security_admin",
        "安全管理员",
        "security",
        "country",
        &["staff.read", "staff.reset_factor", "role.read", "role.manage", "grant.manage"],
    ),
    ("auditor", "审计管理员", "audit", "country", &["staff.read", "role.read", "audit.read"]),
    (
        "hq_admin",
        "总局业务管理员",
        "business",
        "country",
        &["age.decide", "article.read", "lab.manage"],
    ),
    (
        "editor",
        "内容编辑",
        "business",
        "country",
        &["article.read", "article.edit", "article.publish", "quiz.edit"],
    ),
    ("reviewer", "内容审核", "business", "country", &["article.read", "article.publish"]),
    ("lab_staff", "检测机构工作人员", "business", "lab", &["slot.manage", "booking.decide"]),
    ("case_handler", "投诉处理人员", "business", "region", &["complaint.read", "complaint.decide"]),
    ("province_reporter", "省级统计人员", "business", "region", &[]),
];

/// Fixed, so that every installation knows the roles by the same ids.
fn id_of(index: usize) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_9000_0000_0000_0001 + index as u128)
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(
            manager,
            table("roles")
                .col(id())
                .col(text("code").unique_key().take())
                .col(text("name"))
                .col(word("duty", &["system", "security", "audit", "business"]))
                .col(word("reach", &["country", "region", "lab"]))
                .col(flag("is_built_in"))
                .col(instant("created_at"))
                .col(instant("updated_at"))
                .col(counter("version"))
                .take(),
            vec![],
        )
        .await?;
        create(
            manager,
            table("role_permissions")
                .col(uuid("role_id"))
                .col(text("permission"))
                .primary_key(Index::create().col(name("role_id")).col(name("permission")))
                .foreign_key(&mut foreign("role_id", "roles", "id"))
                .take(),
            vec![],
        )
        .await?;
        seed(manager).await?;
        regrant(manager).await
    }
}

async fn seed(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = ["id", "code", "name", "duty", "reach", "is_built_in"].map(name);
    let columns = columns.into_iter().chain(["created_at", "updated_at"].map(name));
    let mut roles = Query::insert().into_table(name("roles")).columns(columns).take();
    let mut permissions = Query::insert()
        .into_table(name("role_permissions"))
        .columns(["role_id", "permission"].map(name))
        .take();
    for (index, (code, label, duty, reach, held)) in BUILT_IN.into_iter().enumerate() {
        let row: [Expr; 8] = [
            id_of(index).into(),
            code.into(),
            label.into(),
            duty.into(),
            reach.into(),
            true.into(),
            Expr::current_timestamp(),
            Expr::current_timestamp(),
        ];
        roles.values_panic(row);
        for permission in held {
            permissions.values_panic([id_of(index).into(), (*permission).into()]);
        }
    }
    manager.execute(roles).await?;
    manager.execute(permissions).await
}

/// SQLite cannot exchange a column that has a CHECK, so the table is made anew.
async fn regrant(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            table("staff_grants_by_role")
                .col(id())
                .col(uuid("staff_id"))
                .col(uuid("role_id"))
                .col(text("scope"))
                .col(uuid_null("granted_by"))
                .col(instant("created_at"))
                .foreign_key(&mut foreign("staff_id", "staff_members", "id"))
                .foreign_key(&mut foreign("role_id", "roles", "id"))
                .take(),
        )
        .await?;
    let conn = manager.get_connection();
    conn.execute_unprepared(
        "INSERT INTO staff_grants_by_role (id, staff_id, role_id, scope, created_at) \
         SELECT g.id, g.staff_id, r.id, g.scope, g.created_at \
         FROM staff_grants g JOIN roles r ON r.code = g.role",
    )
    .await?;
    conn.execute_unprepared("DROP TABLE staff_grants").await?;
    conn.execute_unprepared("ALTER TABLE staff_grants_by_role RENAME TO staff_grants").await?;
    manager.create_index(unique("staff_grants", &["staff_id", "role_id", "scope"])).await?;
    manager.create_index(index("staff_grants", &["role_id"])).await
}
