//! Rows of whatever table the inventory describes. Names come from the inventory alone, types from
//! the entities.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::sea_query::{
    Alias, ColumnType, DeleteStatement, Expr, LockType, Order, Query, SelectStatement,
};
use sea_orm::{ConnectionTrait, DbErr, ExprTrait, QueryResult, Value};
use uuid::Uuid;

use crate::features::personal_data::model::{Owner, Restriction, Table, table};

static TYPES: LazyLock<HashMap<(String, String), ColumnType>> = LazyLock::new(|| {
    let tables = entity::all_tables().into_iter();
    tables
        .flat_map(|table| {
            let name = table.name;
            let columns = table.columns.into_iter();
            columns.map(move |(column, definition)| {
                ((name.clone(), column), definition.get_column_type().clone())
            })
        })
        .collect()
});

fn name(text: &'static str) -> Alias {
    Alias::new(text)
}

/// A row with its columns in the order of [`Table::columns`].
#[derive(Debug)]
pub struct Row(Vec<(&'static str, Value)>);

impl Row {
    pub fn cells(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(column, value)| (*column, value))
    }

    #[must_use]
    pub fn get(&self, column: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| *name == column).map(|(_, value)| value)
    }

    fn key(&self, table: &Table) -> Vec<Value> {
        table.key.iter().filter_map(|column| self.get(column).cloned()).collect()
    }
}

/// What makes a row of a table the person's.
fn owned(table: &Table, subject: Uuid) -> Expr {
    match table.owner {
        Owner::Nobody(_) => Expr::value(false),
        Owner::Account(columns) => columns
            .iter()
            .map(|column| Expr::col(name(column)).eq(subject))
            .reduce(ExprTrait::or)
            .unwrap_or_else(|| Expr::value(false)),
        Owner::Subject(column) => Expr::col(name(column)).eq(format!("resident:{subject}")),
        Owner::Row { column, of } => {
            let Some(parent) = self::table(of) else { return Expr::value(false) };
            let rows = Query::select()
                .column(name("id"))
                .from(name(parent.name))
                .and_where(owned(parent, subject))
                .take();
            Expr::col(name(column)).in_subquery(rows)
        }
    }
}

fn keys(table: &Table) -> Expr {
    Expr::tuple(table.key.iter().map(|column| Expr::col(name(column))))
}

fn select(table: &Table) -> SelectStatement {
    let mut select = Query::select();
    select.from(name(table.name)).columns(table.columns().map(name));
    for column in table.key {
        select.order_by(name(column), Order::Asc);
    }
    select
}

fn read(table: &Table, row: &QueryResult) -> Result<Row, DbErr> {
    let cells = table.columns().map(|column| Ok((column, cell(table, column, row)?)));
    cells.collect::<Result<_, DbErr>>().map(Row)
}

fn cell(table: &Table, column: &'static str, row: &QueryResult) -> Result<Value, DbErr> {
    let kind = TYPES.get(&(table.name.to_owned(), column.to_owned()));
    let unknown = || DbErr::Type(format!("{}.{column}: a column that nobody can read", table.name));
    Ok(match kind.ok_or_else(unknown)? {
        ColumnType::Uuid => row.try_get::<Option<Uuid>>("", column)?.into(),
        ColumnType::SmallInteger => row.try_get::<Option<i16>>("", column)?.into(),
        ColumnType::Integer => row.try_get::<Option<i32>>("", column)?.into(),
        ColumnType::BigInteger => row.try_get::<Option<i64>>("", column)?.into(),
        ColumnType::Boolean => row.try_get::<Option<bool>>("", column)?.into(),
        ColumnType::Date => row.try_get::<Option<NaiveDate>>("", column)?.into(),
        ColumnType::TimestampWithTimeZone | ColumnType::Timestamp => {
            row.try_get::<Option<DateTime<Utc>>>("", column)?.into()
        }
        ColumnType::Json | ColumnType::JsonBinary => {
            row.try_get::<Option<serde_json::Value>>("", column)?.into()
        }
        ColumnType::Blob | ColumnType::Binary(_) | ColumnType::VarBinary(_) => {
            row.try_get::<Option<Vec<u8>>>("", column)?.into()
        }
        ColumnType::Text | ColumnType::String(_) => {
            row.try_get::<Option<String>>("", column)?.into()
        }
        _ => return Err(unknown()),
    })
}

/// The person's rows after `last`, in the order of their key.
pub async fn page(
    conn: &impl ConnectionTrait,
    table: &Table,
    subject: Uuid,
    last: Option<&Row>,
    limit: u64,
) -> Result<Vec<Row>, DbErr> {
    let mut select = select(table);
    select.and_where(owned(table, subject)).limit(limit);
    if let Some(last) = last {
        select.and_where(keys(table).gt(Expr::tuple(last.key(table).into_iter().map(Expr::value))));
    }
    conn.query_all(&select).await?.iter().map(|row| read(table, row)).collect()
}

pub async fn count(
    conn: &impl ConnectionTrait,
    table: &Table,
    subject: Uuid,
) -> Result<u64, DbErr> {
    let select = Query::select()
        .expr_as(Expr::col(name(table.key.first().copied().unwrap_or("id"))).count(), "n")
        .from(name(table.name))
        .and_where(owned(table, subject))
        .take();
    let row = conn.query_one(&select).await?;
    let count = row.map(|row| row.try_get::<i64>("", "n")).transpose()?.unwrap_or_default();
    Ok(u64::try_from(count).unwrap_or_default())
}

/// The storage keys of up to `limit` of the person's rows.
pub async fn files(
    conn: &impl ConnectionTrait,
    table: &Table,
    column: &'static str,
    subject: Uuid,
    limit: u64,
) -> Result<Vec<String>, DbErr> {
    let select = Query::select()
        .column(name(column))
        .from(name(table.name))
        .and_where(owned(table, subject))
        .and_where(Expr::col(name(column)).is_not_null())
        .limit(limit)
        .take();
    conn.query_all(&select).await?.iter().map(|row| row.try_get("", column)).collect()
}

/// Deletes up to `limit` of the person's rows; of a table with files, those whose file is among
/// `removed`, or who have none. Returns how many.
pub async fn delete_batch(
    conn: &impl ConnectionTrait,
    table: &Table,
    subject: Uuid,
    removed: &[String],
    limit: u64,
) -> Result<u64, DbErr> {
    let mut batch = Query::select();
    batch.from(name(table.name)).columns(table.key.iter().map(|column| name(column)));
    batch.and_where(owned(table, subject)).limit(limit);
    if let Some(file) = table.file {
        let is_gone = Expr::col(name(file)).is_in(removed.iter().map(String::as_str));
        batch.and_where(Expr::col(name(file)).is_null().or(is_gone));
    }
    let delete = delete(table).and_where(keys(table).in_subquery(batch)).take();
    Ok(conn.execute(&delete).await?.rows_affected())
}

fn delete(table: &Table) -> DeleteStatement {
    let mut delete = Query::delete();
    delete.from_table(name(table.name));
    delete
}

/// Empties columns of the person's rows. Returns how many.
pub async fn anonymise(
    conn: &impl ConnectionTrait,
    table: &Table,
    subject: Uuid,
    columns: &[&'static str],
) -> Result<u64, DbErr> {
    let mut update = Query::update();
    update.table(name(table.name)).and_where(owned(table, subject));
    for column in columns {
        // Of no type: the columns have several.
        update.value(name(column), Expr::cust("NULL"));
    }
    Ok(conn.execute(&update).await?.rows_affected())
}

/// The person's rows that nobody works on any more, locked: ended, or untouched since `stale`.
pub async fn ended(
    conn: &impl ConnectionTrait,
    table: &Table,
    restriction: &Restriction,
    subject: Uuid,
    stale: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Row>, DbErr> {
    let mut select = select(table);
    select.and_where(owned(table, subject)).limit(limit).lock(LockType::Update);
    if let Some((status, running)) = restriction.running {
        let is_ended = Expr::col(name(status)).is_not_in(running.iter().copied());
        select.and_where(is_ended.or(Expr::col(name(restriction.since)).lte(stale)));
    }
    conn.query_all(&select).await?.iter().map(|row| read(table, row)).collect()
}

/// The rows of `child` that belong to one row of its parent.
pub async fn children(
    conn: &impl ConnectionTrait,
    child: &Table,
    column: &'static str,
    parent: &Value,
) -> Result<Vec<Row>, DbErr> {
    let mut select = select(child);
    select.and_where(Expr::col(name(column)).eq(Expr::value(parent.clone())));
    conn.query_all(&select).await?.iter().map(|row| read(child, row)).collect()
}

/// Deletes the rows of a table that have this value in this column.
pub async fn delete_where(
    conn: &impl ConnectionTrait,
    table: &Table,
    column: &'static str,
    value: &Value,
) -> Result<(), DbErr> {
    let delete =
        delete(table).and_where(Expr::col(name(column)).eq(Expr::value(value.clone()))).take();
    conn.execute(&delete).await.map(|_| ())
}

/// Puts a pseudonym in the place of an account's id in one column, whosever rows they are.
pub async fn rename(
    conn: &impl ConnectionTrait,
    table: &Table,
    column: &'static str,
    subject: Uuid,
    pseudonym: Uuid,
) -> Result<(), DbErr> {
    let update = Query::update()
        .table(name(table.name))
        .value(name(column), pseudonym)
        .and_where(Expr::col(name(column)).eq(subject))
        .take();
    conn.execute(&update).await.map(|_| ())
}
