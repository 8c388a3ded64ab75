//! The SQL of the rotation, over any table of the inventory.

use chrono::{DateTime, Utc};
use entity::crypto_rotation::{ActiveModel, Column, Entity, Model, RotationStatus};
use sea_orm::sea_query::{
    Alias, Asterisk, Cond, Expr, Func, LockBehavior, LockType, OnConflict, Query, SelectStatement,
};
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel as _,
    Order, QueryResult, QuerySelect, Set, Value,
};
use uuid::Uuid;

use super::{CipherColumn, KeyKind};

/// What a field and its index begin with when they are under the first keys.
#[derive(Debug)]
pub(super) struct Heads {
    pub field: Vec<u8>,
    pub index: Vec<u8>,
}

/// A row that is still under another key.
#[derive(Debug)]
pub(super) struct Stale {
    /// The primary key as text, in the order of its columns.
    pub key: Vec<String>,
    pub sealed: Vec<u8>,
}

fn col(name: &'static str) -> Expr {
    Expr::col(Alias::new(name))
}

/// Whether `column` begins with something else than `head`.
fn begins_otherwise(column: &'static str, head: &[u8]) -> Expr {
    let length = i32::try_from(head.len()).unwrap_or(i32::MAX);
    let start = Func::cust(Alias::new("substr")).arg(col(column)).arg(1).arg(length);
    Expr::from(start).ne(head.to_vec())
}

fn is_stale(field: &CipherColumn, heads: &Heads) -> Cond {
    let mut stale = Cond::any().add(begins_otherwise(field.column, &heads.field));
    if let Some(index) = field.index {
        stale = stale.add(begins_otherwise(index, &heads.index)).add(col(index).is_null());
    }
    Cond::all().add(col(field.column).is_not_null()).add(stale)
}

fn key_value(kind: KeyKind, text: &str) -> Result<Value, DbErr> {
    Ok(match kind {
        KeyKind::Text => Value::from(text.to_owned()),
        KeyKind::Uuid => {
            Value::from(text.parse::<Uuid>().map_err(|cause| DbErr::Type(cause.to_string()))?)
        }
    })
}

fn key_values(field: &CipherColumn, key: &[String]) -> Result<Vec<Value>, DbErr> {
    field.key.iter().zip(key).map(|((_, kind), text)| key_value(*kind, text)).collect()
}

fn stale(row: &QueryResult, field: &CipherColumn) -> Result<Stale, DbErr> {
    let key = field.key.iter().map(|(name, kind)| match kind {
        KeyKind::Uuid => row.try_get::<Uuid>("", name).map(|id| id.to_string()),
        KeyKind::Text => row.try_get::<String>("", name),
    });
    Ok(Stale { key: key.collect::<Result<_, _>>()?, sealed: row.try_get("", field.column)? })
}

fn from(field: &CipherColumn) -> SelectStatement {
    Query::select().from(Alias::new(field.table)).take()
}

/// The next stale rows in the order of their keys. A row that somebody is changing is stepped over
/// and found by the next pass: waiting for it could end in a deadlock.
pub(super) async fn stale_after(
    conn: &impl ConnectionTrait,
    field: &CipherColumn,
    heads: &Heads,
    cursor: Option<&[String]>,
    limit: u64,
) -> Result<Vec<Stale>, DbErr> {
    let mut select = from(field);
    select.column(Alias::new(field.column)).cond_where(is_stale(field, heads));
    for (name, _) in field.key {
        select.column(Alias::new(*name)).order_by(Alias::new(*name), Order::Asc);
    }
    if let Some(cursor) = cursor {
        let columns = Expr::tuple(field.key.iter().map(|(name, _)| col(name)));
        let values = key_values(field, cursor)?.into_iter().map(Expr::value);
        select.and_where(columns.gt(Expr::tuple(values)));
    }
    select.limit(limit).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    conn.query_all(&select).await?.iter().map(|row| stale(row, field)).collect()
}

pub(super) async fn is_any_stale(
    conn: &impl ConnectionTrait,
    field: &CipherColumn,
    heads: &Heads,
) -> Result<bool, DbErr> {
    let select = from(field)
        .column(Alias::new(field.column))
        .cond_where(is_stale(field, heads))
        .limit(1)
        .take();
    Ok(conn.query_one(&select).await?.is_some())
}

/// Writes the new cipher text, and index, over exactly the bytes that were read.
pub(super) async fn exchange(
    conn: &impl ConnectionTrait,
    field: &CipherColumn,
    row: &Stale,
    sealed: Vec<u8>,
    index: Option<Vec<u8>>,
) -> Result<bool, DbErr> {
    let mut update = Query::update();
    update
        .table(Alias::new(field.table))
        .value(Alias::new(field.column), sealed)
        .and_where(col(field.column).eq(row.sealed.clone()));
    if let (Some(column), Some(index)) = (field.index, index) {
        update.value(Alias::new(column), index);
    }
    for ((name, _), value) in field.key.iter().zip(key_values(field, &row.key)?) {
        update.and_where(col(name).eq(value));
    }
    Ok(conn.execute(&update).await?.rows_affected() == 1)
}

/// How many rows hold something, and how many of them begin with `head`.
pub(super) async fn count(
    conn: &impl ConnectionTrait,
    table: &'static str,
    column: &'static str,
    head: Option<&[u8]>,
) -> Result<i64, DbErr> {
    let mut select = Query::select();
    select
        .expr_as(Func::count(Expr::col(Asterisk)), Alias::new("n"))
        .from(Alias::new(table))
        .and_where(col(column).is_not_null());
    if let Some(head) = head {
        select.and_where(begins_otherwise(column, head).not());
    }
    match conn.query_one(&select).await? {
        Some(row) => row.try_get("", "n"),
        None => Ok(0),
    }
}

pub(super) async fn rotation(
    conn: &impl ConnectionTrait,
    field: &CipherColumn,
) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(field.name()).one(conn).await
}

/// The state of one field's rotation, made when there is none, locked until the transaction ends.
pub(super) async fn locked_rotation(
    conn: &impl ConnectionTrait,
    field: &CipherColumn,
    now: DateTime<Utc>,
) -> Result<Model, DbErr> {
    let row = ActiveModel {
        field: Set(field.name()),
        target: Set(String::new()),
        status: Set(RotationStatus::Running),
        cursor: Set(None),
        changed: Set(0),
        changed_in_pass: Set(0),
        unreadable: Set(0),
        started_at: Set(now),
        updated_at: Set(now),
    };
    let keep = OnConflict::column(Column::Field).do_nothing().to_owned();
    Entity::insert(row).on_conflict(keep).exec_without_returning(conn).await?;
    let row = Entity::find_by_id(field.name()).lock_exclusive().one(conn).await?;
    row.ok_or_else(|| DbErr::RecordNotFound(field.name()))
}

pub(super) async fn save(conn: &impl ConnectionTrait, row: Model) -> Result<(), DbErr> {
    Entity::update(row.into_active_model().reset_all()).exec(conn).await.map(|_| ())
}
