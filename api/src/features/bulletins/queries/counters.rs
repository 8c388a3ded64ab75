use chrono::{DateTime, Utc};
use entity::bulletin_counter::{ActiveModel, Column, Entity};
use sea_orm::sea_query::{CaseStatement, Expr, OnConflict};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, ExprTrait, Set};

/// The next number of a series, from 1. A number is used when its transaction commits; the next one
/// waits until then.
pub async fn next_serial(conn: &impl ConnectionTrait, series: String) -> Result<i64, DbErr> {
    let next = Expr::col((Entity, Column::Value)).add(1);
    raise(conn, series, 1, next).await
}

/// `now`, or a moment later when something was changed since: later than every change that was committed
/// before.
pub async fn next_instant(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, DbErr> {
    let (micros, last) = (now.timestamp_micros(), Expr::col((Entity, Column::Value)));
    let next = CaseStatement::new()
        .case(last.clone().lt(micros), Expr::value(micros))
        .finally(last.add(1));
    let next = raise(conn, "changed_at".to_owned(), micros, next.into()).await?;
    Ok(DateTime::from_timestamp_micros(next).unwrap_or(now))
}

async fn raise(
    conn: &impl ConnectionTrait,
    key: String,
    first: i64,
    next: Expr,
) -> Result<i64, DbErr> {
    let row = ActiveModel { key: Set(key), value: Set(first) };
    let raised = OnConflict::column(Column::Key).value(Column::Value, next).to_owned();
    let row = Entity::insert(row).on_conflict(raised).exec_with_returning(conn).await?;
    Ok(row.value)
}
