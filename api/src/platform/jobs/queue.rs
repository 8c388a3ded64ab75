//! The SQL of the queue. Time is a parameter; every decision is one guarded statement.

use chrono::{DateTime, TimeDelta, Utc};
use entity::job::{Column, Entity, JobStatus, Model};
use entity::scope::Common as _;
use sea_orm::sea_query::{Expr, LockBehavior, LockType, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

/// Whether anything is due. A read, so that an idle worker takes no write lock.
pub(super) async fn is_any_due(
    conn: &impl ConnectionTrait,
    kinds: &[&'static str],
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let found = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(due(kinds, now))
        // In the order of the index, whatever the planner thinks of the kinds.
        .order_by_asc(Column::RunAt)
        .limit(1)
        .into_tuple::<Uuid>()
        .one(conn)
        .await?;
    Ok(found.is_some())
}

fn due(kinds: &[&'static str], now: DateTime<Utc>) -> Expr {
    Column::Status
        .eq(JobStatus::Ready)
        .and(Column::RunAt.lte(now))
        .and(Column::Kind.is_in(kinds.iter().copied()))
}

/// Takes up to `most` due jobs. Rows that another worker is taking are stepped over.
pub(super) async fn claim(
    conn: &impl ConnectionTrait,
    kinds: &[&'static str],
    holder: &str,
    now: DateTime<Utc>,
    lease: TimeDelta,
    most: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut chosen = Query::select();
    chosen
        .column(Column::Id)
        .from(Entity)
        .and_where(due(kinds, now))
        .order_by(Column::RunAt, sea_orm::Order::Asc)
        .limit(most)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    let mut claimed = Entity::update_many()
        .col_expr(Column::Status, Expr::value(JobStatus::Running))
        .col_expr(Column::LeaseHolder, Expr::value(holder))
        .col_expr(Column::LeaseUntil, Expr::value(now + lease))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.in_subquery(chosen))
        .exec_with_returning(conn)
        .await?;
    claimed.sort_by_key(|job| (job.run_at, job.id));
    Ok(claimed)
}

/// Renews the leases of what a worker is still running.
pub(super) async fn renew(
    conn: &impl ConnectionTrait,
    holder: &str,
    until: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::LeaseUntil, Expr::value(until))
        .filter(Column::Status.eq(JobStatus::Running))
        .filter(Column::LeaseHolder.eq(holder))
        .exec(conn)
        .await?;
    Ok(())
}

/// Gives back what dead workers held: ready again, or dead when that was the last attempt.
/// A crash counts as an attempt, so a job that kills its worker does not do so for ever.
pub(super) async fn reclaim_expired(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let is_expired = Column::Status.eq(JobStatus::Running).and(Column::LeaseUntil.lt(now));
    let buried = Entity::update_many()
        .col_expr(Column::Status, Expr::value(JobStatus::Dead))
        .col_expr(Column::LeaseHolder, Expr::value(Option::<String>::None))
        .col_expr(Column::LastError, Expr::value("worker_died"))
        .col_expr(Column::FinishedAt, Expr::value(now))
        .filter(is_expired.clone())
        .filter(Expr::col(Column::Attempts).gte(Expr::col(Column::MaxAttempts)))
        .exec(conn)
        .await?;
    let ready = Entity::update_many()
        .col_expr(Column::Status, Expr::value(JobStatus::Ready))
        .col_expr(Column::LeaseHolder, Expr::value(Option::<String>::None))
        .filter(is_expired)
        .exec(conn)
        .await?;
    Ok(buried.rows_affected + ready.rows_affected)
}

/// How a run ended.
#[derive(Debug)]
pub(super) enum Ending<'a> {
    Done,
    RetryAt(DateTime<Utc>, &'a str),
    Dead(&'a str),
}

/// Records the end of a run, unless the lease was lost meanwhile. Returns whether it was ours.
pub(super) async fn settle(
    conn: &impl ConnectionTrait,
    job: &Model,
    ending: &Ending<'_>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let mut update = Entity::update_many()
        .col_expr(Column::LeaseHolder, Expr::value(Option::<String>::None))
        .col_expr(Column::LeaseUntil, Expr::value(Option::<DateTime<Utc>>::None));
    let (status, error) = match ending {
        Ending::Done => (JobStatus::Done, None),
        Ending::RetryAt(run_at, error) => {
            update = update.col_expr(Column::RunAt, Expr::value(*run_at));
            (JobStatus::Ready, Some(*error))
        }
        Ending::Dead(error) => (JobStatus::Dead, Some(*error)),
    };
    if !matches!(ending, Ending::RetryAt(..)) {
        update = update.col_expr(Column::FinishedAt, Expr::value(now));
    }
    let done = update
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::LastError, Expr::value(error))
        .filter(Column::Id.eq(job.id))
        .filter(Column::Status.eq(JobStatus::Running))
        .filter(Column::LeaseHolder.eq(job.lease_holder.clone()))
        .filter(Column::Attempts.eq(job.attempts))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Drops finished jobs older than `before`. The dead stay.
pub(super) async fn prune(
    conn: &impl ConnectionTrait,
    before: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let done = Entity::delete_many()
        .filter(Column::Status.eq(JobStatus::Done))
        .filter(Column::FinishedAt.lt(before))
        .exec(conn)
        .await?;
    Ok(done.rows_affected)
}

/// Dead jobs, newest first.
///
/// # Errors
/// The database cannot be read.
pub async fn dead_page(
    conn: &impl ConnectionTrait,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let dead = Entity::common().filter(Column::Status.eq(JobStatus::Dead));
    page_of(dead, (Column::CreatedAt, Column::Id), Direction::Descending, cursor, limit)
        .all(conn)
        .await
}

/// Lets a dead job run again with all its attempts. Returns whether it was dead.
///
/// # Errors
/// The database cannot be written.
pub async fn requeue_dead(
    conn: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::Status, Expr::value(JobStatus::Ready))
        .col_expr(Column::Attempts, Expr::value(0))
        .col_expr(Column::RunAt, Expr::value(now))
        .col_expr(Column::FinishedAt, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(JobStatus::Dead))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

#[derive(Debug, FromQueryResult)]
struct StatusCount {
    status: JobStatus,
    count: i64,
}

/// How many jobs stand in each status that is not done.
///
/// # Errors
/// The database cannot be read.
pub async fn count_by_status(conn: &impl ConnectionTrait) -> Result<Vec<(JobStatus, i64)>, DbErr> {
    let rows = Entity::find()
        .select_only()
        .column(Column::Status)
        .column_as(Expr::col(Column::Id).count(), "count")
        .filter(Column::Status.ne(JobStatus::Done))
        .group_by(Column::Status)
        .into_model::<StatusCount>()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.status, row.count)).collect())
}
