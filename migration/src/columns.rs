//! Column shapes that every table shares. Names are plain strings: history does not follow renames.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DbBackend, Statement};

pub(crate) fn name(text: &'static str) -> Alias {
    Alias::new(text)
}

pub(crate) fn table(text: &'static str) -> TableCreateStatement {
    Table::create().table(name(text)).take()
}

pub(crate) fn id() -> ColumnDef {
    ColumnDef::new(name("id")).uuid().not_null().primary_key().take()
}

pub(crate) fn uuid(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).uuid().not_null().take()
}

pub(crate) fn uuid_null(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).uuid().null().take()
}

pub(crate) fn text(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).text().not_null().take()
}

pub(crate) fn text_null(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).text().null().take()
}

pub(crate) fn text_key(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).text().not_null().primary_key().take()
}

pub(crate) fn int(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).integer().not_null().take()
}

pub(crate) fn counter(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).integer().not_null().default(0).take()
}

pub(crate) fn int_null(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).integer().null().take()
}

pub(crate) fn small(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).small_integer().not_null().take()
}

pub(crate) fn small_null(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).small_integer().null().take()
}

pub(crate) fn big_null(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).big_integer().null().take()
}

pub(crate) fn big(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).big_integer().not_null().take()
}

pub(crate) fn flag(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).boolean().not_null().take()
}

pub(crate) fn flag_null(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).boolean().null().take()
}

pub(crate) fn bytes(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).blob().not_null().take()
}

pub(crate) fn bytes_null(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).blob().null().take()
}

pub(crate) fn json(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).json_binary().not_null().take()
}

pub(crate) fn json_null(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).json_binary().null().take()
}

pub(crate) fn instant(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).timestamp_with_time_zone().not_null().take()
}

pub(crate) fn instant_null(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).timestamp_with_time_zone().null().take()
}

pub(crate) fn day(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).date().not_null().take()
}

pub(crate) fn day_null(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).date().null().take()
}

/// Text that holds one of `allowed`.
pub(crate) fn word(column: &'static str, allowed: &[&'static str]) -> ColumnDef {
    text(column).check(Expr::col(name(column)).is_in(allowed.iter().copied())).take()
}

/// Text that holds one of `allowed` or nothing.
pub(crate) fn word_null(column: &'static str, allowed: &[&'static str]) -> ColumnDef {
    text_null(column).check(Expr::col(name(column)).is_in(allowed.iter().copied())).take()
}

/// `column` refers to `target.target_column`; the referred row cannot be deleted underneath.
pub(crate) fn foreign(
    column: &'static str,
    target: &'static str,
    target_column: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from_col(name(column))
        .to(name(target), name(target_column))
        .on_delete(ForeignKeyAction::Restrict)
        .take()
}

/// A plain index named `ix_<table>_<columns>`.
pub(crate) fn index(on: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut statement = Index::create();
    statement.name(format!("ix_{on}_{}", columns.join("_"))).table(name(on));
    for column in columns {
        statement.col(name(column));
    }
    statement
}

/// A unique index named `uq_<table>_<columns>`.
pub(crate) fn unique(on: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut statement = Index::create();
    statement.name(format!("uq_{on}_{}", columns.join("_"))).table(name(on)).unique();
    for column in columns {
        statement.col(name(column));
    }
    statement
}

/// Creates one table and its indexes.
pub(crate) async fn create(
    manager: &SchemaManager<'_>,
    table: TableCreateStatement,
    indexes: Vec<IndexCreateStatement>,
) -> Result<(), DbErr> {
    manager.create_table(table).await?;
    for index in indexes {
        manager.create_index(index).await?;
    }
    Ok(())
}

/// Adds columns to a table that may have rows: each is nullable or has a default.
pub(crate) async fn add(
    manager: &SchemaManager<'_>,
    on: &'static str,
    columns: impl IntoIterator<Item = ColumnDef>,
) -> Result<(), DbErr> {
    for mut column in columns {
        // SQLite takes one at a time.
        manager.alter_table(Table::alter().table(name(on)).add_column(&mut column).take()).await?;
    }
    Ok(())
}

/// Lets `column` of `on` hold one of `allowed` from now on.
pub(crate) async fn reword(
    manager: &SchemaManager<'_>,
    on: &'static str,
    column: &'static str,
    allowed: &[&'static str],
) -> Result<(), DbErr> {
    let words: Vec<String> = allowed.iter().map(|word| format!("'{word}'")).collect();
    let words = words.join(", ");
    if manager.get_database_backend() == DbBackend::Postgres {
        let sql = format!(
            "ALTER TABLE \"{on}\" DROP CONSTRAINT \"{on}_{column}_check\", \
             ADD CONSTRAINT \"{on}_{column}_check\" CHECK (\"{column}\" IN ({words}))"
        );
        return manager.get_connection().execute_unprepared(&sql).await.map(|_| ());
    }
    let head = format!("CHECK (\"{column}\" IN (");
    rewrite_sqlite(manager, on, |old| {
        let (before, rest) = old.split_once(&head)?;
        let (_, after) = rest.split_once("))")?;
        Some(format!("{before}{head}{words})){after}"))
    })
    .await
}

/// Lets `column` of `on` be empty from now on.
pub(crate) async fn optional(
    manager: &SchemaManager<'_>,
    on: &'static str,
    column: &'static str,
) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Postgres {
        let sql = format!("ALTER TABLE \"{on}\" ALTER COLUMN \"{column}\" DROP NOT NULL");
        return manager.get_connection().execute_unprepared(&sql).await.map(|_| ());
    }
    let head = format!("\"{column}\" ");
    rewrite_sqlite(manager, on, |old| {
        let (before, rest) = old.split_once(&head)?;
        let (kind, after) = rest.split_once(" NOT NULL")?;
        // The first one after the name must be this column's own.
        (!kind.contains(',')).then(|| format!("{before}{head}{kind}{after}"))
    })
    .await
}

/// SQLite cannot change a constraint in place. Its schema text is edited as its manual tells for a
/// change that leaves the rows alone (lang_altertable, section 7). The changed version makes the
/// connection read its schema anew.
async fn rewrite_sqlite(
    manager: &SchemaManager<'_>,
    on: &'static str,
    change: impl FnOnce(&str) -> Option<String>,
) -> Result<(), DbErr> {
    let conn = manager.get_connection();
    let one = |sql: String| Statement::from_string(DbBackend::Sqlite, sql);
    let missing = || DbErr::Migration(format!("the constraint to change is not in {on}"));
    let row = conn
        .query_one_raw(one(format!("SELECT sql FROM sqlite_schema WHERE name = '{on}'")))
        .await?
        .ok_or_else(missing)?;
    let old: String = row.try_get_by_index(0)?;
    let new = change(&old).ok_or_else(missing)?.replace('\'', "''");
    let version = conn
        .query_one_raw(one("PRAGMA schema_version".to_owned()))
        .await?
        .ok_or_else(missing)?
        .try_get_by_index::<i64>(0)?;
    for sql in [
        "PRAGMA writable_schema = ON".to_owned(),
        format!("UPDATE sqlite_schema SET sql = '{new}' WHERE type = 'table' AND name = '{on}'"),
        format!("PRAGMA schema_version = {}", version + 1),
        "PRAGMA writable_schema = OFF".to_owned(),
    ] {
        conn.execute_unprepared(&sql).await?;
    }
    Ok(())
}

/// Gives a built-in role a permission.
pub(crate) async fn permit(
    manager: &SchemaManager<'_>,
    role: &'static str,
    permission: &'static str,
) -> Result<(), DbErr> {
    let role_id = Query::select()
        .column(name("id"))
        .expr(Expr::value(permission))
        .from(name("roles"))
        .and_where(Expr::col(name("code")).eq(role))
        .take();
    let mut insert = Query::insert();
    insert.into_table(name("role_permissions")).columns(["role_id", "permission"].map(name));
    insert.select_from(role_id).map_err(|cause| DbErr::Migration(cause.to_string()))?;
    manager.execute(insert).await
}
