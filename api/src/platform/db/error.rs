//! What a database error means to the caller, decided by its code and never by its text.

use std::borrow::Cow;

use sea_orm::sqlx;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// `SQLITE_BUSY` and its extended codes, `SQLITE_LOCKED`.
const SQLITE_BUSY: [&str; 4] = ["5", "6", "261", "517"];

/// The row exists already under a unique index. The caller knows what that means.
#[must_use]
pub fn unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// The database did not do the work but may do it in a moment: unreachable, restarting, out of
/// connections, or a victim of somebody else's lock.
#[must_use]
pub fn is_unavailable(error: &DbErr) -> bool {
    let runtime = match error {
        DbErr::ConnectionAcquire(_) => return true,
        DbErr::Conn(runtime) | DbErr::Exec(runtime) | DbErr::Query(runtime) => runtime,
        _ => return false,
    };
    let RuntimeErr::SqlxError(cause) = runtime else {
        return matches!(error, DbErr::Conn(_));
    };
    match cause.as_ref() {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(cause) => cause.code().is_some_and(is_transient_code),
        _ => matches!(error, DbErr::Conn(_)),
    }
}

fn is_transient_code(code: Cow<'_, str>) -> bool {
    // PostgreSQL: 08 connection, 40 rollback (deadlock, serialisation), 53 resources, 57P shutdown,
    // 57014 statement time-out, 55P03 lock not available.
    code.starts_with("08")
        || code.starts_with("40")
        || code.starts_with("53")
        || code.starts_with("57")
        || code == "55P03"
        || SQLITE_BUSY.contains(&code.as_ref())
}
