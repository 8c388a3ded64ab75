//! How long labs took. Percentiles are nearest ranks, found by the database: two rows for each lab,
//! whatever the number of bookings.

use std::collections::HashMap;

use entity::lab;
use entity::scope::AtPlace as _;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, DbErr, FromQueryResult, Statement, Value};
use uuid::Uuid;

use crate::features::desk::model::Span;
use crate::features::samples::WITH_RESULT;
use crate::platform::auth::PlaceScope;
use crate::platform::db::{Cursor, Direction, page_of};

pub async fn labs_page(
    conn: &impl ConnectionTrait,
    scope: &PlaceScope,
    region: Option<&str>,
    lab_id: Option<Uuid>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<lab::Model>, DbErr> {
    let mut rows = lab::Entity::at_places(scope);
    if let Some(region) = region {
        rows = rows.filter(lab::Column::RegionCode.starts_with(region));
    }
    if let Some(id) = lab_id {
        rows = rows.filter(lab::Column::Id.eq(id));
    }
    let key = (lab::Column::CreatedAt, lab::Column::Id);
    page_of(rows, key, Direction::Ascending, cursor, limit).all(conn).await
}

/// Of what was asked for in a time.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Answers {
    pub lab_id: Uuid,
    pub requests: i64,
    pub answered: i64,
    pub in_time: i64,
    pub expired: i64,
}

/// Of who came in a time.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Results {
    pub lab_id: Uuid,
    pub visits: i64,
    pub delivered: i64,
    pub late: i64,
}

/// Seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Percentiles {
    pub median: Option<i64>,
    pub p90: Option<i64>,
}

#[derive(Debug, FromQueryResult)]
struct Rank {
    lab_id: Uuid,
    secs: i64,
    place: i64,
    total: i64,
}

/// Whole seconds from one instant to another.
fn seconds(backend: DbBackend, from: &str, to: &str) -> String {
    match backend {
        DbBackend::Sqlite => {
            format!("CAST(ROUND((julianday({to}) - julianday({from})) * 86400) AS INTEGER)")
        }
        _ => format!("CAST(ROUND(EXTRACT(EPOCH FROM ({to} - {from}))) AS BIGINT)"),
    }
}

/// `$n, $n+1, …`
fn holes(first: usize, count: usize) -> String {
    let holes: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    holes.join(", ")
}

/// A booking waits for the lab once; what was asked is told by the line of the timeline that begins
/// the wait, what was answered by the one that ends it.
fn asked(backend: DbBackend, labs: usize) -> String {
    format!(
        "SELECT b.lab_id AS lab_id, e.to_status AS answer, {} AS secs, \
         CASE WHEN e.at <= b.confirm_by THEN 1 ELSE 0 END AS in_time \
         FROM bookings b \
         JOIN booking_events r ON r.booking_id = b.id AND r.to_status = 'pending_lab' \
           AND (r.from_status IS NULL OR r.from_status <> 'pending_lab') \
         LEFT JOIN booking_events e ON e.booking_id = b.id AND e.from_status = 'pending_lab' \
           AND e.to_status <> 'pending_lab' \
         WHERE b.created_at >= $1 AND b.created_at < $2 AND b.lab_id IN ({})",
        seconds(backend, "r.at", "e.at"),
        holes(3, labs),
    )
}

/// Who came to have something tested. A result is late when the alarm was raised for it, so that a lab
/// is measured by the days that it promised.
fn came(backend: DbBackend, labs: usize) -> String {
    format!(
        "SELECT b.lab_id AS lab_id, b.completed_at AS done, {} AS secs, \
           CASE WHEN l.booking_id IS NULL THEN 0 ELSE 1 END AS is_late \
         FROM slots s JOIN bookings b ON b.slot_id = s.id \
         JOIN lab_services v ON v.id = s.service_id \
         LEFT JOIN late_results l ON l.booking_id = b.id \
         WHERE s.starts_at >= $1 AND s.starts_at < $2 AND b.checked_in_at IS NOT NULL \
           AND b.status IN ('checked_in', 'testing', 'completed') \
           AND s.lab_id IN ({}) AND v.kind IN ({})",
        seconds(backend, "b.checked_in_at", "b.completed_at"),
        holes(3, labs),
        holes(3 + labs, WITH_RESULT.len()),
    )
}

fn values(span: Span, labs: &[Uuid]) -> Vec<Value> {
    let span = [span.from.into(), span.until.into()];
    span.into_iter().chain(labs.iter().map(|id| Value::from(*id))).collect()
}

/// The two ranks of what `source` lists, for each lab.
async fn percentiles(
    conn: &impl ConnectionTrait,
    source: &str,
    condition: &str,
    values: Vec<Value>,
) -> Result<HashMap<Uuid, Percentiles>, DbErr> {
    let sql = format!(
        "SELECT lab_id, secs, place, total FROM (SELECT lab_id, secs, \
           ROW_NUMBER() OVER (PARTITION BY lab_id ORDER BY secs) AS place, \
           COUNT(*) OVER (PARTITION BY lab_id) AS total \
         FROM ({source}) AS listed WHERE {condition}) AS ranked \
         WHERE place = (total + 1) / 2 OR place = (total * 9 + 9) / 10"
    );
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let mut found: HashMap<Uuid, Percentiles> = HashMap::new();
    for rank in Rank::find_by_statement(statement).all(conn).await? {
        let of_lab = found.entry(rank.lab_id).or_default();
        if rank.place == (rank.total + 1) / 2 {
            of_lab.median = Some(rank.secs);
        }
        if rank.place == (rank.total * 9 + 9) / 10 {
            of_lab.p90 = Some(rank.secs);
        }
    }
    Ok(found)
}

/// What was asked of labs in a time, and how fast they answered.
pub async fn answers(
    conn: &impl ConnectionTrait,
    labs: &[Uuid],
    span: Span,
) -> Result<(Vec<Answers>, HashMap<Uuid, Percentiles>), DbErr> {
    let backend = conn.get_database_backend();
    let (source, values) = (asked(backend, labs.len()), values(span, labs));
    let is_answer = "answer IN ('confirmed', 'rejected')";
    let sql = format!(
        "SELECT lab_id, COUNT(*) AS requests, \
           SUM(CASE WHEN {is_answer} THEN 1 ELSE 0 END) AS answered, \
           SUM(CASE WHEN {is_answer} THEN in_time ELSE 0 END) AS in_time, \
           SUM(CASE WHEN answer = 'expired' THEN 1 ELSE 0 END) AS expired \
         FROM ({source}) AS listed GROUP BY lab_id"
    );
    let statement = Statement::from_sql_and_values(backend, sql, values.clone());
    let counts = Answers::find_by_statement(statement).all(conn).await?;
    Ok((counts, percentiles(conn, &source, is_answer, values).await?))
}

/// Who came to labs in a time, and how fast they got results.
pub async fn results(
    conn: &impl ConnectionTrait,
    labs: &[Uuid],
    span: Span,
) -> Result<(Vec<Results>, HashMap<Uuid, Percentiles>), DbErr> {
    let backend = conn.get_database_backend();
    let source = came(backend, labs.len());
    let mut values = values(span, labs);
    values.extend(WITH_RESULT.iter().map(|kind| Value::from(*kind)));
    let sql = format!(
        "SELECT lab_id, COUNT(*) AS visits, COUNT(done) AS delivered, SUM(is_late) AS late \
         FROM ({source}) AS listed GROUP BY lab_id"
    );
    let statement = Statement::from_sql_and_values(backend, sql, values.clone());
    let counts = Results::find_by_statement(statement).all(conn).await?;
    Ok((counts, percentiles(conn, &source, "done IS NOT NULL", values).await?))
}
